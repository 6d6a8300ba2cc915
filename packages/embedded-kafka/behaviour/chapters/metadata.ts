// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { Site } from "../site.ts";
import { describeTopics } from "../topic-wire.ts";
import { errorName, only, until } from "../wire.ts";

/** What clients are told of brokers and topics. */
export function metadataChapter(site: Site): void {
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
