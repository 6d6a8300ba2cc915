// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { errorName, fetch, only, produce, until } from "../wire.ts";

/** Making, growing and deleting topics. */
export function topicsChapter(site: Site): void {
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

  describe("DeleteTopics", () => {
    test("deletes by name and by id, and a topic of the name begins anew", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      await produce(client, topic, batchOf(["old"]));
      const [before] = await describeTopics(client, [topic], 1);
      const deleted = [
        await remove(client, { name: topic }),
        await remove(client, { name: topic }),
      ];
      await until(
        () => errorOf(client, topic),
        (error) => error === "UNKNOWN_TOPIC_OR_PARTITION",
      );
      await until(
        () => create(client, { name: topic, numPartitions: 1 }),
        ({ error }) => error === "NONE",
      );
      await site.ready(topic);
      const [after] = await describeTopics(client, [topic], 1);
      const { values, highWatermark } = await fetch(client, topic);
      const byId = await remove(client, { topicId: after?.topicId ?? Buffer.alloc(16) });
      expect({
        deleted,
        isNew: before && after && !before.topicId.equals(after.topicId),
        values,
        highWatermark,
        byId,
        unknownId: await remove(client, { topicId: Buffer.alloc(16, 9) }),
      }).toEqual({
        deleted: ["NONE", "UNKNOWN_TOPIC_OR_PARTITION"],
        isNew: true,
        values: [],
        highWatermark: 0,
        byId: "NONE",
        unknownId: "UNKNOWN_TOPIC_ID",
      });
    });
  });

  describe("CreatePartitions", () => {
    test("adds partitions, and takes none away", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const answers: unknown[] = [];
      for (const count of [3, 3, 2, 0]) answers.push(await grow(client, topic, { count }));
      answers.push(await grow(client, "nobody-made-this", { count: 2 }));
      answers.push(await grow(client, topic, { count: 4, assignments: [[9]] }));
      answers.push(await grow(client, topic, { count: 5, validateOnly: true }));
      await site.ready(topic, 3);
      const [described] = await describeTopics(client, [topic], 3);
      expect([answers, described?.partitions.length]).toEqual([
        [
          "NONE",
          "INVALID_PARTITIONS",
          "INVALID_PARTITIONS",
          "INVALID_PARTITIONS",
          "UNKNOWN_TOPIC_OR_PARTITION",
          "INVALID_REPLICA_ASSIGNMENT",
          "NONE",
        ],
        3,
      ]);
    });
  });

  describe("Metadata", () => {
    test("makes a topic when it is first asked for, if it may", async () => {
      await using client = await site.connect();
      const name = site.name("auto");
      const asked = { topics: [{ name }], allowAutoTopicCreation: false };
      const before = only((await client.call("metadata", 9, asked)).topics);
      const made = await until(
        async () => {
          const request = { ...asked, allowAutoTopicCreation: true };
          return only((await client.call("metadata", 9, request)).topics);
        },
        ({ errorCode, partitions }) => errorCode === 0 && partitions.length > 0,
      );
      expect([errorName(before.errorCode), made.partitions.length]).toEqual([
        "UNKNOWN_TOPIC_OR_PARTITION",
        1,
      ]);
    });

    test("answers for all topics, for none, and for names that cannot be", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const ask = async (topics: { name: string }[] | null) =>
        (await client.call("metadata", 9, { topics, allowAutoTopicCreation: true })).topics;
      const all = await ask(null);
      const invalid = only(await ask([{ name: "a b" }]));
      expect({
        isAmongAll: all.some(({ name }) => name === topic),
        none: await ask([]),
        invalid: errorName(invalid.errorCode),
      }).toEqual({ isAmongAll: true, none: [], invalid: "INVALID_TOPIC_EXCEPTION" });
    });

    test("answers by the id of a topic", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const [described] = await describeTopics(client, [topic], 1);
      const ids = [described?.topicId ?? Buffer.alloc(0), Buffer.alloc(16, 3)];
      const answers: unknown[] = [];
      for (const topicId of ids) {
        const topics = [{ topicId, name: null }];
        const asked = { topics, allowAutoTopicCreation: false };
        const answer = only((await client.call("metadata", 12, asked)).topics);
        answers.push([errorName(answer.errorCode), answer.name, answer.partitions.length]);
      }
      expect(answers).toEqual([
        ["NONE", topic, 1],
        ["UNKNOWN_TOPIC_ID", null, 0],
      ]);
    });

    test("names the brokers, the controller and the cluster", async () => {
      await using client = await site.connect();
      const { brokers, controllerId, clusterId } = await client.call("metadata", 9, { topics: [] });
      const cluster = await client.call("describeCluster", 0, {
        includeClusterAuthorizedOperations: false,
      });
      const [host, port] = site.cluster.addresses[0]?.split(":") ?? [];
      expect({ brokers, controllerId }).toEqual({
        brokers: [{ nodeId: 0, host, port: Number(port), rack: null }],
        controllerId: 0,
      });
      expect({
        clusterId: cluster.clusterId,
        controllerId: cluster.controllerId,
        brokers: cluster.brokers,
      }).toEqual({
        clusterId,
        controllerId: 0,
        brokers: [{ brokerId: 0, host, port: Number(port), rack: null, isFenced: false }],
      });
    });
  });

  describe("DescribeTopicPartitions", () => {
    test("answers page by page", async () => {
      await using client = await site.connect();
      const names = [
        await site.topic({ partitions: 2 }),
        await site.topic({ partitions: 2 }),
      ].sort();
      const topics = [...names, "nobody-made-this"].map((name) => ({ name }));
      const pages: unknown[] = [];
      let cursor: { topicName: string; partitionIndex: number } | null = null;
      do {
        const answer: Awaited<ReturnType<typeof ask>> = await ask(cursor);
        cursor = answer.nextCursor;
        pages.push(
          answer.topics.map(({ errorCode, name, partitions }) => [
            errorName(errorCode),
            name,
            partitions.map(({ index }) => index),
          ]),
        );
      } while (cursor && pages.length < 10);
      const [a, b] = names;
      const unknown = ["UNKNOWN_TOPIC_OR_PARTITION", "nobody-made-this", []];
      expect(pages).toEqual([[unknown, ["NONE", a, [0, 1]], ["NONE", b, [0]]], [["NONE", b, [1]]]]);

      function ask(cursor: { topicName: string; partitionIndex: number } | null) {
        return client.call("describeTopicPartitions", 0, {
          topics,
          responsePartitionLimit: 3,
          cursor,
        });
      }
    });
  });
}

interface NewTopic {
  name: string;
  numPartitions: number;
  replicationFactor?: number;
  /** Of each partition, its brokers. */
  assignments?: number[][];
  configs?: Record<string, string | null>;
}

async function create(client: RawClient, topic: NewTopic, validateOnly = false) {
  const { replicationFactor = 1, assignments = [], configs = {} } = topic;
  const { topics } = await client.call("createTopics", 7, {
    timeoutMs: 10_000,
    validateOnly,
    topics: [
      {
        ...topic,
        replicationFactor,
        assignments: assignments.map((brokerIds, index) => ({ index, brokerIds })),
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  });
  const made = only(topics);
  return { ...made, error: errorName(made.errorCode) };
}

async function remove(client: RawClient, topic: { name?: string; topicId?: Buffer }) {
  const { name = null, topicId = Buffer.alloc(16) } = topic;
  const asked = { topics: [{ name, topicId }], timeoutMs: 10_000 };
  return errorName(only((await client.call("deleteTopics", 6, asked)).topics).errorCode);
}

async function grow(
  client: RawClient,
  name: string,
  options: { count: number; assignments?: number[][]; validateOnly?: boolean },
) {
  const { count, validateOnly = false } = options;
  const assignments = options.assignments?.map((brokerIds) => ({ brokerIds })) ?? null;
  const asked = { topics: [{ name, count, assignments }], timeoutMs: 10_000, validateOnly };
  return errorName(only((await client.call("createPartitions", 3, asked)).topics).errorCode);
}

async function errorOf(client: RawClient, name: string) {
  const asked = { topics: [{ name }], allowAutoTopicCreation: false };
  return errorName(only((await client.call("metadata", 9, asked)).topics).errorCode);
}

/** Topics as soon as they are known with so many partitions. */
async function describeTopics(client: RawClient, names: string[], partitions: number) {
  const topics = names.map((name) => ({ name }));
  const answer = await until(
    () => client.call("metadata", 12, { topics, allowAutoTopicCreation: false }),
    (metadata) => metadata.topics.every((topic) => topic.partitions.length === partitions),
  );
  for (const topic of answer.topics) topic.partitions.sort((a, b) => a.index - b.index);
  return answer.topics;
}
