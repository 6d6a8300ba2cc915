// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type KafkaCluster, startKafkaCluster } from "@labwire/servers";
import { describeWithTools } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RawClient, requestFrame } from "../raw-client.testing.ts";
import { type Broker, startBroker } from "../start-broker.ts";

const users = [
  { username: "app", password: "app-secret" },
  { username: "other", password: "other-secret" },
];

const shake = (mechanism: string, version = 1) =>
  requestFrame("saslHandshake", version, { mechanism });
const prove = (token: string, version = 2) =>
  requestFrame("saslAuthenticate", version, { authBytes: Buffer.from(token) });
const app = prove("\0app\0app-secret");
const raw = (token: string) => Buffer.from(token);
const metadata = requestFrame("metadata", 1, { topics: [] });
const coordinator = requestFrame("findCoordinator", 1, { key: "g", keyType: 0 });
const versions = requestFrame("apiVersions", 0, {});
const plain = shake("PLAIN");
const scram = shake("SCRAM-SHA-512");
const first = prove("n,,n=app,r=abc");

/** What clients say, well and badly. */
const conversations: Record<string, readonly Buffer[]> = {
  "a password": [plain, app, metadata],
  "a password by version 0": [plain, prove("\0app\0app-secret", 0), metadata],
  "an authorization id of one's own": [plain, prove("app\0app\0app-secret"), metadata],
  "an authorization id of another": [plain, prove("other\0app\0app-secret")],
  "a wrong password": [plain, prove("\0app\0guess")],
  "a user that there is not": [plain, prove("\0nobody\0guess")],
  "two parts": [plain, prove("app\0app-secret")],
  "four parts": [plain, prove("\0app\0app-secret\0")],
  "no name": [plain, prove("\0\0app-secret")],
  "no password": [plain, prove("\0app\0")],
  "no bytes": [plain, prove("")],
  "a mechanism that there is not": [shake("GSSAPI")],
  "such a mechanism by version 0": [shake("GSSAPI", 0)],
  "a token alone": [shake("PLAIN", 0), raw("\0app\0app-secret"), metadata],
  "a wrong token alone": [shake("PLAIN", 0), raw("\0app\0guess")],
  "Metadata first": [metadata],
  "SaslAuthenticate first": [app],
  "ApiVersions after the handshake": [plain, versions],
  "Metadata after the handshake": [plain, metadata],
  "FindCoordinator after the handshake": [plain, coordinator],
  "a second handshake": [plain, plain],
  "the first of SCRAM": [scram, first],
  "SCRAM of a user that there is not": [scram, prove("n,,n=nobody,r=abc")],
  "SCRAM that would bind the channel": [scram, prove("y,,n=app,r=abc")],
  "SCRAM with an authorization id of another": [scram, prove("n,a=other,n=app,r=abc")],
  "SCRAM with a wrong proof": [scram, first, prove("c=biws,r=abc,p=AAAA")],
  "SCRAM with no proof": [scram, first, prove("nonsense")],
  "a token too many": [plain, app, app, metadata],
  "a renewal": [plain, app, plain, app, metadata],
  "a renewal by a token alone": [plain, app, shake("PLAIN", 0), raw("\0app\0app-secret"), metadata],
  "two renewals at once": [plain, app, plain, app, plain, app, metadata],
  "a renewal as another": [plain, app, plain, prove("\0other\0other-secret")],
  "a renewal with a wrong password": [plain, app, plain, prove("\0app\0guess")],
  "a renewal by another mechanism": [plain, app, scram, first],
  "a renewal by a mechanism that there is not": [plain, app, shake("GSSAPI")],
  "Metadata amid a renewal": [plain, app, plain, metadata],
};

describeWithTools(["kafka-4.3.1"], "SASL on Apache Kafka and on the embedded broker", () => {
  let kafka: KafkaCluster;
  let broker: Broker;

  beforeAll(async () => {
    kafka = await startKafkaCluster({
      version: "4.3.1",
      brokers: 1,
      properties: { "connections.max.reauth.ms": "60000" },
      listeners: [{ protocol: "SASL_PLAINTEXT" }],
      users,
    });
    broker = await startBroker({
      saslSessionLifetimeMs: 60_000,
      listeners: [{ sasl: ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"] }],
      users: users.map(({ username: name, password }) => ({ name, password })),
      logger: { debug() {}, info() {}, warn() {}, error: console.error },
    });
  }, 60_000);

  afterAll(async () => {
    await broker?.close();
    await kafka?.remove();
  });

  test.each(Object.entries(conversations))("is the same with %s", async (_title, frames) => {
    const port = kafka.brokers[0]?.ports[1] ?? 0;
    const expected = await converse({ host: "127.0.0.1", port }, frames);
    expect(await converse(broker, frames)).toEqual(expected);
  });
});

/** What a server answers to frames, and whether it then closes the connection. */
async function converse(
  address: { host: string; port: number },
  frames: readonly Buffer[],
): Promise<string[]> {
  await using client = await RawClient.connect(address);
  const answers: string[] = [];
  for (const frame of frames) {
    client.send(frame);
    const answer = await client.frame();
    if (!answer) return [...answers, "closed"];
    answers.push(normalized(answer));
  }
  // A server that still answers has not closed it. Which answer it is matters not.
  client.send(metadata);
  return [...answers, (await client.frame()) ? "open" : "closed"];
}

/** Without what is random and without ports, as text. */
function normalized(answer: Buffer): string {
  const hostAt = answer.indexOf("127.0.0.1");
  if (hostAt >= 0) answer.writeInt32BE(0, hostAt + "127.0.0.1".length);
  const random = answer.indexOf("r=abc");
  if (random < 0) return answer.toString("latin1");
  // The length before a nonce depends on it.
  const text = answer.subarray(random).toString("latin1");
  return text.replace(/r=abc[^,]+/, "r=abcNONCE").replace(/s=[\w+/=]+/, "s=SALT");
}
