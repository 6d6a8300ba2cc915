// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { Kafka, logLevel, type SASLOptions } from "kafkajs";
import { describe, expect, test } from "vitest";
import { RawClient } from "../../src/raw-client.testing.ts";
import { certificate } from "../certificate.ts";
import { type Protocol, user } from "../lab.ts";
import type { Site } from "../site.ts";
import { errorName } from "../wire.ts";

const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** Listeners with TLS and SASL. */
export function securityChapter(site: Site): void {
  describe("TLS", () => {
    test("tells its clients the addresses of its listener", async () => {
      await using client = await connectSecurely(site, "SSL");
      const { brokers } = await client.call("metadata", 9, { topics: [] });
      const address = brokers.map(({ host, port }) => `${host}:${port}`);
      expect(address).toEqual(site.cluster.addressesOf("SSL"));
    });

    test("ends connections that do not speak it", async () => {
      await using client = await connectPlainly(site, "SSL");
      await expect(client.call("apiVersions", 0, software)).rejects.toThrow("closed");
    });
  });

  describe("SASL", () => {
    test.each(
      (["SASL_PLAINTEXT", "SASL_SSL"] as const).flatMap((protocol) =>
        mechanisms.map((mechanism) => [protocol, mechanism] as const),
      ),
    )("on %s lets in by %s who knows the password", async (protocol, mechanism) => {
      expect(await logIn(protocol, { mechanism, ...user })).toBe("in");
    });

    test.each(mechanisms)("refuses by %s who does not", async (mechanism) => {
      const wrong = await logIn("SASL_PLAINTEXT", { mechanism, ...user, password: "guess" });
      const nobody = await logIn("SASL_PLAINTEXT", { mechanism, ...user, username: "nobody" });
      expect([wrong, nobody]).toEqual([
        "KafkaJSSASLAuthenticationError",
        "KafkaJSSASLAuthenticationError",
      ]);
    });

    test("names its mechanisms to who asks for another", async () => {
      await using client = await connectPlainly(site, "SASL_PLAINTEXT");
      const answer = await client.call("saslHandshake", 1, { mechanism: "GSSAPI" });
      expect([errorName(answer.errorCode), answer.mechanisms.sort()]).toEqual([
        "UNSUPPORTED_SASL_MECHANISM",
        ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
      ]);
    });

    test("takes a password once the mechanism is agreed on, and says why it is refused", async () => {
      await using client = await connectPlainly(site, "SASL_PLAINTEXT");
      const shaken = await client.call("saslHandshake", 1, { mechanism: "PLAIN" });
      const authBytes = Buffer.from(`\0${user.username}\0guess`);
      const answer = await client.call("saslAuthenticate", 2, { authBytes });
      expect([
        errorName(shaken.errorCode),
        errorName(answer.errorCode),
        answer.errorMessage,
      ]).toEqual([
        "NONE",
        "SASL_AUTHENTICATION_FAILED",
        "Authentication failed: Invalid username or password",
      ]);
      expect(await client.frame()).toBeUndefined();
    });

    test("answers nothing but versions before who asks is known", async () => {
      await using client = await connectPlainly(site, "SASL_PLAINTEXT");
      const { errorCode } = await client.call("apiVersions", 0, software);
      const asked = client.call("metadata", 9, { topics: [] });
      expect(errorName(errorCode)).toBe("NONE");
      await expect(asked).rejects.toThrow("closed");
    });

    test("is not to be had where a listener has none", async () => {
      await using client = await site.connect();
      const answer = await client.call("saslHandshake", 1, { mechanism: "PLAIN" });
      expect(errorName(answer.errorCode)).toBe("ILLEGAL_SASL_STATE");
    });
  });

  async function logIn(protocol: Protocol, sasl: SASLOptions): Promise<string> {
    const { cert } = await certificate();
    const kafka = new Kafka({
      brokers: site.cluster.addressesOf(protocol),
      ...(protocol === "SASL_SSL" && { ssl: { ca: [cert] } }),
      sasl,
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    });
    const admin = kafka.admin();
    try {
      await admin.connect();
      await admin.listTopics();
      return "in";
    } catch (error) {
      return (error as Error).name;
    } finally {
      await admin.disconnect();
    }
  }
}

const software = { clientSoftwareName: "raw", clientSoftwareVersion: "1" };

function connectPlainly(site: Site, protocol: Protocol): Promise<RawClient> {
  return RawClient.connect(addressOf(site, protocol));
}

async function connectSecurely(site: Site, protocol: Protocol): Promise<RawClient> {
  const { cert } = await certificate();
  const socket = connectTls({ ...addressOf(site, protocol), ca: [cert] });
  await once(socket, "secureConnect");
  return new RawClient(socket);
}

function addressOf(site: Site, protocol: Protocol): { host: string; port: number } {
  const [host = "", port] = site.cluster.addressesOf(protocol)[0]?.split(":") ?? [];
  return { host, port: Number(port) };
}
