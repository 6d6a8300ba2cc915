// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { create, describeTopics, errorOf } from "../topic-wire.ts";
import { errorName, fetch, only, produce, until } from "../wire.ts";

/** Growing and deleting topics. */
export function topicsChapter(site: Site): void {
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
