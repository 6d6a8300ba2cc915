// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { earliest, errorName, fetch, latest, listOffset, only, produce } from "../wire.ts";

/** Deleting what lies before an offset (KIP-107). */
export function deleteRecordsChapter(site: Site): void {
  describe("DeleteRecords", () => {
    test("moves the start of the log, also into a batch", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      for (const values of [["a", "b", "c"], ["d"]]) await produce(client, topic, batchOf(values));
      const deleted = await deleteBefore(client, topic, 2);
      const before = await fetch(client, topic, { offset: 1 });
      const after = await fetch(client, topic, { offset: 2 });
      expect({
        deleted,
        first: (await listOffset(client, topic, earliest)).offset,
        before: before.error,
        after: [after.error, after.values, after.logStartOffset],
        again: await deleteBefore(client, topic, 1),
      }).toEqual({
        deleted: ["NONE", 2],
        first: 2,
        before: "OFFSET_OUT_OF_RANGE",
        after: ["NONE", ["c", "d"], 2],
        again: ["NONE", 2],
      });
    });

    test("deletes everything at -1, and offsets go on from there", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      await produce(client, topic, batchOf(["a", "b"]));
      const deleted = await deleteBefore(client, topic, -1);
      const { baseOffset, logStartOffset } = await produce(client, topic, batchOf(["c"]));
      expect([deleted, baseOffset, logStartOffset]).toEqual([["NONE", 2], 2, 2]);
      expect((await listOffset(client, topic, latest)).offset).toBe(3);
    });

    test("refuses offsets beyond the end, what there is not, and compacted topics", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const compacted = await site.topic({ configs: { "cleanup.policy": "compact" } });
      expect([
        await deleteBefore(client, topic, 1),
        await deleteBefore(client, topic, -2),
        await deleteBefore(client, "nobody-made-this", 0),
        await deleteBefore(client, compacted, 0),
      ]).toEqual([
        ["OFFSET_OUT_OF_RANGE", -1],
        ["OFFSET_OUT_OF_RANGE", -1],
        ["UNKNOWN_TOPIC_OR_PARTITION", -1],
        ["POLICY_VIOLATION", -1],
      ]);
    });
  });
}

async function deleteBefore(client: RawClient, topic: string, offset: number) {
  const { topics } = await client.call("deleteRecords", 2, {
    topics: [{ name: topic, partitions: [{ index: 0, offset: BigInt(offset) }] }],
    timeoutMs: 5_000,
  });
  const { errorCode, lowWatermark } = only(only(topics).partitions);
  return [errorName(errorCode), Number(lowWatermark)];
}
