// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { Site } from "../site.ts";
import { create, describeTopics, errorOf, type NewTopic } from "../topic-wire.ts";
import { errorName } from "../wire.ts";

/** Making topics. */
export function createTopicsChapter(site: Site): void {
  describe("CreateTopics", () => {
    test("answers what it made", async () => {
      await using client = await site.connect();
      const name = site.name("made");
      const configs = { "max.message.bytes": "2000" };
      const made = await create(client, { name, numPartitions: 3, configs });
      const [described] = await describeTopics(client, [name], 3);
      expect({
        error: made.error,
        numPartitions: made.numPartitions,
        replicationFactor: made.replicationFactor,
        config: made.configs?.find((config) => config.name === "max.message.bytes"),
        isSameId: described?.topicId.equals(made.topicId),
        partitions: described?.partitions,
      }).toEqual({
        error: "NONE",
        numPartitions: 3,
        replicationFactor: 1,
        config: {
          name: "max.message.bytes",
          value: "2000",
          readOnly: false,
          configSource: 1,
          isSensitive: false,
        },
        isSameId: true,
        partitions: [0, 1, 2].map((index) => ({
          errorCode: 0,
          index,
          leaderId: 0,
          leaderEpoch: 0,
          replicaNodes: [0],
          isrNodes: [0],
          offlineReplicas: [],
        })),
      });
    });

    test.each<[string, string, Partial<NewTopic>]>([
      ["no name", "INVALID_TOPIC_EXCEPTION", { name: "" }],
      ["a name of a dot", "INVALID_TOPIC_EXCEPTION", { name: "." }],
      ["a name with a space", "INVALID_TOPIC_EXCEPTION", { name: "a b" }],
      ["a long name", "INVALID_TOPIC_EXCEPTION", { name: "x".repeat(250) }],
      ["no partitions", "INVALID_PARTITIONS", { numPartitions: 0 }],
      ["partitions below -1", "INVALID_PARTITIONS", { numPartitions: -2 }],
      ["no replicas", "INVALID_REPLICATION_FACTOR", { replicationFactor: 0 }],
      ["more replicas than brokers", "INVALID_REPLICATION_FACTOR", { replicationFactor: 2 }],
      ["a config that there is not", "INVALID_CONFIG", { configs: { "no.such": "1" } }],
      ["a config that is no number", "INVALID_CONFIG", { configs: { "retention.ms": "long" } }],
      ["a config out of its range", "INVALID_CONFIG", { configs: { "segment.bytes": "1" } }],
      ["a config of no such choice", "INVALID_CONFIG", { configs: { "cleanup.policy": "burn" } }],
      ["a config without a value", "INVALID_CONFIG", { configs: { "retention.ms": null } }],
      ["assignments and a number", "INVALID_REQUEST", { assignments: [[0]] }],
      [
        "an assignment to nobody",
        "INVALID_REPLICA_ASSIGNMENT",
        { numPartitions: -1, replicationFactor: -1, assignments: [[7]] },
      ],
      [
        "an assignment of one broker twice",
        "INVALID_REPLICA_ASSIGNMENT",
        { numPartitions: -1, replicationFactor: -1, assignments: [[0, 0]] },
      ],
    ])("refuses %s", async (_, error, topic) => {
      await using client = await site.connect();
      const name = site.name("refused");
      const made = await create(client, { name, numPartitions: 1, ...topic });
      expect([made.error, typeof made.errorMessage]).toEqual([error, "string"]);
    });

    test("refuses what is there, and what differs from it by dots and underscores", async () => {
      await using client = await site.connect();
      const name = site.name("a.b");
      const made: unknown[] = [];
      for (const asked of [name, name, name.replace(".", "_")]) {
        made.push((await create(client, { name: asked, numPartitions: 1 })).error);
      }
      expect(made).toEqual(["NONE", "TOPIC_ALREADY_EXISTS", "INVALID_TOPIC_EXCEPTION"]);
    });

    test("refuses a name that is twice in a request", async () => {
      await using client = await site.connect();
      const name = site.name("twice");
      const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
      const { topics } = await client.call("createTopics", 7, { topics: [topic, topic] });
      expect(topics.map(({ errorCode }) => errorName(errorCode))).toEqual(["INVALID_REQUEST"]);
    });

    test("makes nothing when it is to validate only", async () => {
      await using client = await site.connect();
      const name = site.name("validated");
      const { error } = await create(client, { name, numPartitions: 1 }, true);
      expect([error, await errorOf(client, name)]).toEqual(["NONE", "UNKNOWN_TOPIC_OR_PARTITION"]);
    });

    test("takes the broker's defaults, and assignments", async () => {
      await using client = await site.connect();
      const byDefault = { name: site.name("default"), numPartitions: -1, replicationFactor: -1 };
      const assigned = { ...byDefault, name: site.name("assigned"), assignments: [[0], [0]] };
      const made = [await create(client, byDefault), await create(client, assigned)];
      expect(
        made.map(({ error, numPartitions, replicationFactor }) => [
          error,
          numPartitions,
          replicationFactor,
        ]),
      ).toEqual([
        ["NONE", 1, 1],
        ["NONE", 2, 1],
      ]);
    });
  });
}
