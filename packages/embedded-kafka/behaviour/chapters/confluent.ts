// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { caFile } from "../certificate.ts";
import { runConfluent } from "../clients/run-confluent.ts";
import { user } from "../lab.ts";
import type { Site } from "../site.ts";

/** librdkafka, by confluent-kafka of Python: the scenarios are in clients/confluent_client.py. */
export function confluentChapter(site: Site): void {
  describe.concurrent("confluent-kafka (librdkafka)", () => {
    test("reads what it wrote, with every compression", async () => {
      const topics = [await site.topic({ partitions: 2 })];
      expect(await runConfluent(site, "round_trip", topics)).toEqual({
        inOrder: true,
        committed: 100,
      });
    });

    test.each(["eager", "cooperative", "consumer_protocol"])(
      "shares partitions among consumers (%s)",
      async (scenario) => {
        const topics = [await site.topic({ partitions: 4 })];
        expect(await runConfluent(site, scenario, topics)).toEqual({ seen: true });
      },
    );

    test.each(["classic", "consumer"])(
      "gives a static member its partitions back (%s protocol)",
      async (protocol) => {
        const topics = [await site.topic({ partitions: 4 })];
        expect(await runConfluent(site, "static_member", topics, { protocol })).toEqual({
          quick: true,
        });
      },
    );

    test("finds topics by a pattern, and tells of the group (KIP-848)", async () => {
      const topics = [await site.topic({ partitions: 2 }), await site.topic()];
      expect(await runConfluent(site, "pattern", topics, { protocol: "consumer" })).toEqual({
        type: "CONSUMER",
        state: "STABLE",
        assignor: "uniform",
        members: 1,
        assigned: 3,
        target: 3,
      });
    });

    test.each(["classic", "consumer"])(
      "consumes, transforms and produces exactly once, and fences zombies (%s protocol)",
      async (protocol) => {
        const topics = [await site.topic(), await site.topic()];
        expect(await runConfluent(site, "exactly_once", topics, { protocol })).toEqual({
          values: true,
          position: 10,
          zombie: "_FENCED",
        });
      },
    );

    test("administers the cluster", async () => {
      expect(await runConfluent(site, "admin", [site.name("admin")])).toEqual({
        retention: "86400000",
        low: 2,
        state: "STABLE",
        members: 1,
        nodes: 1,
      });
    });

    test.each(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])(
      "logs in over TLS by %s",
      async (mechanism) => {
        const topics = [await site.topic({ partitions: 2 })];
        const config = {
          "bootstrap.servers": site.cluster.addressesOf("SASL_SSL").join(),
          "security.protocol": "SASL_SSL",
          "ssl.ca.location": await caFile(),
          "sasl.mechanism": mechanism,
          "sasl.username": user.username,
          "sasl.password": user.password,
        };
        const seen = await runConfluent(site, "round_trip", topics, { config });
        expect(seen).toEqual({ inOrder: true, committed: 100 });
      },
    );
  });
}
