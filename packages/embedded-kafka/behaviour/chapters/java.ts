// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificate } from "../certificate.ts";
import { JavaClient } from "../clients/java-client.ts";
import { user } from "../lab.ts";
import type { Site } from "../site.ts";

/** Kafka's own clients for Java: the scenarios are in clients/JavaClient.java. */
export function javaChapter(site: Site, version: "3.9.2" | "4.3.1"): void {
  const isNew = version === "4.3.1";

  describe(`kafka-clients ${version} (Java)`, () => {
    const java = new JavaClient(version);
    afterAll(() => java[Symbol.dispose]());
    beforeAll(() => java.compile(["JavaClient", ...(isNew ? ["PatternClient"] : [])]));

    test("reads what it wrote, with every compression", async () => {
      const topics = [await site.topic({ partitions: 2 })];
      expect(await java.run(site, "roundTrip", topics)).toEqual({
        inOrder: "true",
        committed: "100",
      });
    });

    test.each(
      [
        ["eager", "4"],
        ["cooperative", "2"],
        ["consumerProtocol", "2"],
      ].filter(([name]) => isNew || name !== "consumerProtocol"),
    )("shares partitions among consumers (%s)", async (scenario, revoked) => {
      const topics = [await site.topic({ partitions: 4 })];
      expect(await java.run(site, scenario, topics)).toEqual({ seen: "40", revoked });
    });

    test("gives a static member its partitions back without a rebalance", async () => {
      const topics = [await site.topic({ partitions: 4 })];
      expect(await java.run(site, "staticMember", topics)).toEqual({
        members: "2",
        generation: "1",
      });
    });

    if (isNew) {
      test("gives a static member its partitions back (KIP-848)", async () => {
        const topics = [await site.topic({ partitions: 4 })];
        const seen = await java.run(site, "staticMember", topics, consumerProtocol());
        expect(seen).toEqual({ members: "2", generation: "2" });
      });

      test("finds topics by a pattern, and members by an administrator (KIP-848)", async () => {
        const topics = [await site.topic({ partitions: 2 }), await site.topic()];
        expect(await java.run(site, "pattern", topics, consumerProtocol())).toEqual({
          type: "Consumer",
          state: "Stable",
          assignor: "uniform",
          assigned: "3",
          target: "3",
          listed: "[Consumer Stable]",
          closed: "Empty",
        });
      });
    }

    test.each(isNew ? ["classic", "consumer"] : ["classic"])(
      "consumes, transforms and produces exactly once, and fences zombies (%s protocol)",
      async (protocol) => {
        const config = protocol === "consumer" ? consumerProtocol() : plain();
        const topics = [await site.topic(), await site.topic()];
        expect(await java.run(site, "exactlyOnce", topics, config)).toEqual({
          values: Array.from({ length: 10 }, (_, at) => `out ${at}`).join(),
          position: "10",
          zombie: "fenced",
          state: "Ongoing",
          writers: "1",
        });
      },
    );

    test("administers the cluster", async () => {
      expect(await java.run(site, "admin", [site.name("admin")])).toEqual({
        committed: "3",
        features: "true",
        high: "5",
        logDirs: "1",
        low: "2",
        maxTimestamp: "3",
        nodes: "1",
        retention: "86400000",
        state: "Empty",
      });
    });

    test("logs in over TLS by SCRAM", async () => {
      const topics = [await site.topic({ partitions: 2 })];
      const { cert } = await certificate();
      const login = `username="${user.username}" password="${user.password}"`;
      const seen = await java.run(site, "roundTrip", topics, {
        "bootstrap.servers": site.cluster.addressesOf("SASL_SSL").join(),
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required ${login};`,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.certificates": cert,
      });
      expect(seen).toEqual({ inOrder: "true", committed: "100" });
    });

    const plain = () => ({ "bootstrap.servers": site.cluster.addresses.join() });
    const consumerProtocol = () => ({ ...plain(), "group.protocol": "consumer" });
  });
}
