// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { batchOf } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { earliest, latest, listOffset, maxTimestamp, produce } from "../wire.ts";

/** Offsets by time, and by what stands for a time. */
export function listOffsetsChapter(site: Site): void {
  describe("ListOffsets", () => {
    test("finds the first record at or after a time, wherever it lies in a batch", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "-1" } });
      const at = (timestamp: number) => ({ value: "x", timestamp });
      await produce(client, topic, batchOf([at(1_000), at(3_000), at(2_000)]));
      await produce(client, topic, batchOf([at(2_500), at(5_000)]));
      const found: unknown[] = [];
      for (const time of [0n, 1_000n, 1_001n, 3_001n, 5_000n, 5_001n]) {
        const { error, offset, timestamp } = await listOffset(client, topic, time);
        found.push([Number(time), error, offset, timestamp]);
      }
      expect(found).toEqual([
        [0, "NONE", 0, 1_000],
        [1_000, "NONE", 0, 1_000],
        [1_001, "NONE", 1, 3_000],
        [3_001, "NONE", 4, 5_000],
        [5_000, "NONE", 4, 5_000],
        [5_001, "NONE", -1, -1],
      ]);
    });

    test("knows the ends and the record with the highest timestamp", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "-1" } });
      const empty = await answers();
      const at = (timestamp: number) => ({ value: "x", timestamp });
      await produce(client, topic, batchOf([at(1_000), at(9_000), at(2_000)]));
      await produce(client, topic, batchOf([at(5_000)]));
      expect([empty, await answers()]).toEqual([
        [
          { error: "NONE", offset: 0, timestamp: -1, leaderEpoch: 0 },
          { error: "NONE", offset: 0, timestamp: -1, leaderEpoch: 0 },
          { error: "NONE", offset: -1, timestamp: -1, leaderEpoch: -1 },
        ],
        [
          { error: "NONE", offset: 0, timestamp: -1, leaderEpoch: 0 },
          { error: "NONE", offset: 4, timestamp: -1, leaderEpoch: 0 },
          { error: "NONE", offset: 1, timestamp: 9_000, leaderEpoch: 0 },
        ],
      ]);

      async function answers() {
        const all: unknown[] = [];
        for (const stand of [earliest, latest, maxTimestamp]) {
          all.push(await listOffset(client, topic, stand));
        }
        return all;
      }
    });

    test("refuses what there is not", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const answers = [
        await listOffset(client, "nobody-made-this", latest),
        await listOffset(client, topic, latest, { partition: 1 }),
        await listOffset(client, topic, latest, { leaderEpoch: 1 }),
        await listOffset(client, topic, maxTimestamp, { version: 6 }),
      ];
      expect(answers.map(({ error, offset }) => [error, offset])).toEqual([
        ["UNKNOWN_TOPIC_OR_PARTITION", -1],
        ["UNKNOWN_TOPIC_OR_PARTITION", -1],
        ["UNKNOWN_LEADER_EPOCH", -1],
        ["UNSUPPORTED_VERSION", -1],
      ]);
    });
  });
}
