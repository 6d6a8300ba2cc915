// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { RawClient } from "../../src/raw-client.testing.ts";
import { batchOf, type TestRecord } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { begin, end, write } from "../transaction-wire.ts";
import { earliest, fetch, listOffset, produce, until } from "../wire.ts";

const mebibyte = 2 ** 20;

/** Apache Kafka looks for what may go 30 s after its start, whatever its intervals are. */
const slowly = 50_000;

/** Retention and compaction, as far as clients see them. */
export function cleaningChapter(site: Site): void {
  describe.concurrent("cleaning", () => {
    test("records older than 'retention.ms' go, and offsets go on", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "60000" } });
      const old = { value: "old", timestamp: Date.now() - 120_000 };
      await produce(client, topic, batchOf([old]));
      await until(
        () => listOffset(client, topic, earliest),
        ({ offset }) => offset === 1,
        slowly,
      );
      const { baseOffset } = await produce(client, topic, batchOf(["new"]));
      const { values, logStartOffset } = await fetch(client, topic, { offset: 1 });
      expect([baseOffset, values, logStartOffset]).toEqual([1, ["new"], 1]);
    });

    test("whole segments beyond 'retention.bytes' go, the oldest first", async () => {
      await using client = await site.connect();
      const topic = await site.topic({
        configs: { "segment.bytes": `${mebibyte}`, "retention.bytes": `${2 * mebibyte}` },
      });
      for (let at = 0; at < 10; at++) {
        await produce(client, topic, batchOf(["x".repeat(mebibyte / 2 - 100)]));
      }
      const { offset } = await until(
        () => listOffset(client, topic, earliest),
        (answer) => answer.offset > 0,
        slowly,
      );
      const { error } = await fetch(client, topic, { offset: 0 });
      expect([offset % 2, offset <= 6, error]).toEqual([0, true, "OFFSET_OUT_OF_RANGE"]);
    });

    test("compaction keeps the last record of each key, with its offset", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: compacted });
      const records = [
        { key: "a", value: "1" },
        { key: "b", value: "1" },
        { key: "a", value: "2" },
        { key: "c", value: "1" },
        { key: "b", value: null },
      ];
      await produce(client, topic, batchOf(records));
      const kept = await cleaned(client, topic, ({ length }) => length === 2);
      expect(kept).toEqual([
        { offset: 2, key: "a", value: "2" },
        { offset: 3, key: "c", value: "1" },
      ]);
    });

    test("compaction leaves out what was aborted", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: compacted });
      const producer = await begin(client, await site.transactionalId());
      await write(client, producer, topic, [{ key: "a", value: "committed" }]);
      await end(client, producer, true);
      const next = await begin(client, producer.transactionalId);
      await write(client, next, topic, [{ key: "a", value: "aborted" }]);
      await end(client, next, false);
      await until(
        () => fetch(client, topic),
        ({ lastStableOffset }) => lastStableOffset === 4,
      );
      const kept = await cleaned(client, topic, ({ length }) => length === 1);
      expect(kept).toEqual([{ offset: 0, key: "a", value: "committed" }]);
    });
  });

  /** As soon as it may, and with nothing kept for those who come late. */
  const compacted = {
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "0",
    "segment.ms": "100",
    "segment.bytes": `${mebibyte}`,
  };

  /** The records of a topic below its active segment, as soon as they pass. */
  async function cleaned(
    client: RawClient,
    topic: string,
    passes: (records: unknown[]) => boolean,
  ): Promise<unknown[]> {
    const { highWatermark } = await fetch(client, topic);
    return until(
      async () => {
        // Only an append begins a segment.
        const filler: TestRecord = { key: "filler", value: "x" };
        await produce(client, topic, batchOf([filler]));
        const { batches } = await fetch(client, topic);
        return batches
          .filter(({ isControl }) => !isControl)
          .flatMap(({ records }) => records)
          .filter(({ offset }) => offset < highWatermark)
          .map(({ offset, key, value }) => ({ offset, key, value }));
      },
      passes,
      slowly,
    );
  }
}
