// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { errorName, fetch, only, produce } from "../wire.ts";

/** Reading, by the requests themselves. */
export function fetchChapter(site: Site): void {
  describe("Fetch", () => {
    test("hands out the whole batch that an offset lies in", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      await produce(client, topic, batchOf(["a", "b", "c"]));
      await produce(client, topic, batchOf(["d"]));
      const { batches, values } = await fetch(client, topic, { offset: 1 });
      expect([batches.map(({ baseOffset }) => baseOffset), values]).toEqual([
        [0, 3],
        ["b", "c", "d"],
      ]);
    });

    test.each([
      ["the end", 1, "NONE"],
      ["what comes after the end", 2, "OFFSET_OUT_OF_RANGE"],
      ["a negative offset", -1, "OFFSET_OUT_OF_RANGE"],
    ])("answers at %s", async (_, offset, error) => {
      await using client = await site.connect();
      const topic = await site.topic();
      await produce(client, topic, batchOf(["a"]));
      const answer = await fetch(client, topic, { offset });
      expect([answer.error, answer.values]).toEqual([error, []]);
    });

    test("refuses a topic and a partition that there are not", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const errors = [
        (await fetch(client, "nobody-made-this")).error,
        (await fetch(client, topic, { partition: 1 })).error,
        (await fetch(client, topic, { partition: -1 })).error,
      ];
      expect(errors).toEqual(Array(3).fill("UNKNOWN_TOPIC_OR_PARTITION"));
    });

    test("waits for records and answers as soon as they come", async () => {
      await using reader = await site.connect();
      await using writer = await site.connect();
      const topic = await site.topic();
      const started = performance.now();
      const waiting = fetch(reader, topic, { maxWaitMs: 20_000 });
      // Answered once the fetch before it is: the connection's requests go one after the other.
      await produce(writer, topic, batchOf(["at last"]));
      expect((await waiting).values).toEqual(["at last"]);
      expect(performance.now() - started).toBeLessThan(15_000);
    });

    test("waits no longer than it may", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const started = performance.now();
      const { error, values } = await fetch(client, topic, { maxWaitMs: 300 });
      const waitedMs = performance.now() - started;
      expect([error, values]).toEqual(["NONE", []]);
      expect(waitedMs).toBeGreaterThan(250);
    });

    test("waits until it has the bytes that were asked for", async () => {
      await using reader = await site.connect();
      await using writer = await site.connect();
      const topic = await site.topic();
      const batch = batchOf(["x".repeat(100)]);
      const asked = { maxWaitMs: 20_000, minBytes: batch.length + 1 };
      const waiting = fetch(reader, topic, asked);
      await produce(writer, topic, batch);
      await produce(writer, topic, batch);
      expect((await waiting).values).toHaveLength(2);
    });

    test("answers at once when one of its partitions has an error", async () => {
      await using client = await site.connect();
      const started = performance.now();
      const { error } = await fetch(client, "nobody-made-this", { maxWaitMs: 20_000 });
      expect(error).toBe("UNKNOWN_TOPIC_OR_PARTITION");
      expect(performance.now() - started).toBeLessThan(15_000);
    });

    test("hands out the first batch whole, however little may be fetched", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      await produce(client, topic, batchOf(["x".repeat(5_000)]));
      await produce(client, topic, batchOf(["y"]));
      const bounds = [{ partitionMaxBytes: 1 }, { maxBytes: 1 }, { partitionMaxBytes: 5_090 }];
      const answers: unknown[] = [];
      for (const bound of bounds) {
        answers.push((await fetch(client, topic, bound)).batches.length);
      }
      expect(answers).toEqual([1, 1, 1]);
    });

    test("shares what may be fetched among partitions, the first ones first", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ partitions: 3 });
      const batch = batchOf(["x".repeat(1_000)]);
      for (const partition of [0, 1, 2]) await produce(client, topic, batch, { partition });
      const { topics } = await client.call("fetch", 11, {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes: 2 * batch.length,
        topics: [
          {
            name: topic,
            partitions: [2, 0, 1].map((index) => ({
              index,
              fetchOffset: 0n,
              maxBytes: 2 ** 20,
            })),
          },
        ],
        forgottenTopics: [],
      });
      const sizes = only(topics).partitions.map(({ index, records }) => [index, records?.length]);
      expect(sizes).toEqual([
        [2, batch.length],
        [0, batch.length],
        [1, 0],
      ]);
    });

    test("reads by the id of a topic, and knows no other", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      await produce(client, topic, batchOf(["by id"]));
      const asked = { topics: [{ name: topic }], allowAutoTopicCreation: false };
      const { topicId } = only((await client.call("metadata", 12, asked)).topics);
      const answers: unknown[] = [];
      for (const id of [topicId, Buffer.alloc(16, 7)]) {
        const partitions = [{ index: 0, fetchOffset: 0n, maxBytes: 2 ** 20 }];
        const { topics } = await client.call("fetch", 13, {
          maxWaitMs: 0,
          minBytes: 1,
          topics: [{ name: "", topicId: id, partitions }],
          forgottenTopics: [],
        });
        const answer = only(only(topics).partitions);
        answers.push([errorName(answer.errorCode), (answer.records?.length ?? 0) > 0]);
      }
      expect(answers).toEqual([
        ["NONE", true],
        ["UNKNOWN_TOPIC_ID", false],
      ]);
    });

    test.each([
      ["the leader's epoch", 0, "NONE"],
      ["an epoch that has not come", 1, "UNKNOWN_LEADER_EPOCH"],
    ])("checks the leader epoch: %s", async (_, leaderEpoch, error) => {
      await using client = await site.connect();
      const topic = await site.topic();
      const answer = await fetch(client, topic, { leaderEpoch });
      expect(answer.error).toBe(error);
    });
  });
}
