// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { requestFrame } from "../../src/raw-client.testing.ts";
import { batchOf, sealBatch } from "../record-batches.ts";
import type { Site } from "../site.ts";
import { fetch, latest, listOffset, only, produce } from "../wire.ts";

/** Appending, by the requests themselves. */
export function produceChapter(site: Site): void {
  describe("Produce", () => {
    test("keeps records as they came, with offsets in their order", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "retention.ms": "-1" } });
      const first = batchOf([
        {
          key: "k",
          value: "one",
          headers: [
            ["trace", "1"],
            ["none", null],
          ],
          timestamp: 1_000,
        },
        { key: null, value: null, timestamp: 3_000 },
        { key: "", value: "", timestamp: 2_000 },
      ]);
      const sent = [
        await produce(client, topic, first),
        await produce(client, topic, batchOf(["four"], { timestamp: 4_000 }), { acks: 1 }),
      ];
      const { batches, bytes, highWatermark } = await fetch(client, topic);
      const unchanged = Buffer.from(bytes.subarray(0, first.length));
      first.copy(unchanged, 0, 0, 16); // Base offset and leader epoch are the broker's.
      expect({
        sent: sent.map(({ error, baseOffset, logStartOffset }) => ({
          error,
          baseOffset,
          logStartOffset,
        })),
        appendTimes: sent.map(({ logAppendTimeMs }) => logAppendTimeMs),
        isUnchanged: unchanged.equals(first),
        highWatermark,
        records: batches.flatMap(({ records }) => records),
      }).toEqual({
        sent: [
          { error: "NONE", baseOffset: 0, logStartOffset: 0 },
          { error: "NONE", baseOffset: 3, logStartOffset: 0 },
        ],
        appendTimes: [-1, -1],
        isUnchanged: true,
        highWatermark: 4,
        records: [
          {
            offset: 0,
            timestamp: 1_000,
            key: "k",
            value: "one",
            headers: [
              ["trace", "1"],
              ["none", null],
            ],
          },
          { offset: 1, timestamp: 3_000, key: null, value: null, headers: [] },
          { offset: 2, timestamp: 2_000, key: "", value: "", headers: [] },
          { offset: 3, timestamp: 4_000, key: null, value: "four", headers: [] },
        ],
      });
    });

    test("answers nothing when no acknowledgement is asked for, and appends", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const topics = [{ name: topic, partitions: [{ index: 0, records: batchOf(["quiet"]) }] }];
      client.send(requestFrame("produce", 9, { acks: 0, timeoutMs: 1_000, topics }));
      const { error, offset } = await listOffset(client, topic, latest);
      expect([error, offset]).toEqual(["NONE", 1]);
    });

    test.each([
      ["an unknown topic", { topic: "nobody-made-this" }, "UNKNOWN_TOPIC_OR_PARTITION"],
      ["a partition that there is not", { partition: 1 }, "UNKNOWN_TOPIC_OR_PARTITION"],
      ["acks of 2", { acks: 2 }, "INVALID_REQUIRED_ACKS"],
    ] as const)("refuses %s", async (_, request, error) => {
      await using client = await site.connect();
      const { topic = await site.topic(), ...options } = { topic: undefined, ...request };
      const answer = await produce(client, topic, batchOf(["x"]), options);
      expect([answer.error, answer.baseOffset]).toEqual([error, -1]);
    });

    test.each([
      ["a wrong checksum", damaged(17), "CORRUPT_MESSAGE"],
      ["a changed record", damaged(66), "CORRUPT_MESSAGE"],
      ["two batches", Buffer.concat([batchOf(["a"]), batchOf(["b"])]), "INVALID_RECORD"],
      ["another number of records than it says", patched(57, 3), "INVALID_RECORD"],
      ["a last offset that is not its last record's", patched(23, 4), "INVALID_RECORD"],
      ["a control batch", batchOf(["x"], { isControl: true }), "INVALID_RECORD"],
      ["half a batch", batchOf(["half"]).subarray(0, 50), "INVALID_RECORD"],
      [
        "a compression that there is not",
        batchOf(["x"], { compression: 5 }),
        "UNKNOWN_SERVER_ERROR",
      ],
      ["no records", Buffer.alloc(0), "INVALID_RECORD"],
    ])("refuses %s, and appends nothing", async (_, records, error) => {
      await using client = await site.connect();
      const topic = await site.topic();
      const answer = await produce(client, topic, records);
      const end = await listOffset(client, topic, latest);
      expect([answer.error, end.offset]).toEqual([error, 0]);
    });

    test("looks into compressed batches, or leaves that to those who read them", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const { error } = await produce(client, topic, batchOf(["not gzip"], { compression: 1 }));
      const { offset } = await listOffset(client, topic, latest);
      const expected = site.lab.has("unpacksCompressed")
        ? ["UNKNOWN_SERVER_ERROR", 0]
        : ["NONE", 1];
      expect([error, offset]).toEqual(expected);
    });

    test.each([
      ["gzip", 1, gzipSync],
      ["zstd", 4, zstdCompressSync],
    ])("keeps a batch compressed with %s as it came", async (_, compression, compress) => {
      await using client = await site.connect();
      const topic = await site.topic();
      const batch = batchOf(["a", "b", "c"], { compression, compress });
      const sent = await produce(client, topic, batch);
      const { batches, bytes } = await fetch(client, topic, { offset: 1 });
      expect([sent.error, batches[0]?.compression, bytes.subarray(16)]).toEqual([
        "NONE",
        compression,
        batch.subarray(16),
      ]);
    });

    test("refuses zstd in versions of before it", async () => {
      await using client = await site.connect();
      const topic = await site.topic();
      const batch = batchOf(["a"], { compression: 4, compress: zstdCompressSync });
      const { error } = await produce(client, topic, batch, { version: 6 });
      expect(error).toBe("UNSUPPORTED_COMPRESSION_TYPE");
    });

    test("refuses a batch above the topic's 'max.message.bytes'", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "max.message.bytes": "1000" } });
      const errors = await Promise.all(
        [1_000, 1_001].map(async (size) => {
          const overhead = batchOf(["x".repeat(900)]).length - 900;
          const batch = batchOf(["x".repeat(size - overhead)]);
          return [batch.length, (await produce(client, topic, batch)).error];
        }),
      );
      expect(errors).toEqual([
        [1_000, "NONE"],
        [1_001, "MESSAGE_TOO_LARGE"],
      ]);
    });

    test("stamps records with its own time where the topic wants it", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "message.timestamp.type": "LogAppendTime" } });
      const before = Date.now();
      const { logAppendTimeMs } = await produce(
        client,
        topic,
        batchOf(["a", "b"], { timestamp: 5 }),
      );
      const after = Date.now();
      const [batch] = (await fetch(client, topic)).batches;
      expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
      expect(logAppendTimeMs).toBeLessThanOrEqual(after);
      expect([batch?.hasLogAppendTime, batch?.records.map(({ timestamp }) => timestamp)]).toEqual([
        true,
        [logAppendTimeMs, logAppendTimeMs],
      ]);
    });

    test("names the records without a key that a compacted topic refuses", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ configs: { "cleanup.policy": "compact" } });
      const records = [{ key: "k", value: "a" }, { value: "b" }];
      const reason = `Compacted topic cannot accept message without key in topic partition ${topic}-0`;
      const { error, errorMessage, recordErrors } = await produce(client, topic, batchOf(records));
      expect({ error, errorMessage, recordErrors }).toEqual({
        error: "INVALID_RECORD",
        errorMessage:
          "One or more records have been rejected due to 1 record errors in total, and only " +
          `showing the first three errors at most: [RecordError(batchIndex=1, message='${reason}')]`,
        recordErrors: [{ batchIndex: 1, batchIndexErrorMessage: reason }],
      });
    });

    test("refuses timestamps further off than the topic allows", async () => {
      await using client = await site.connect();
      const topic = await site.topic({
        configs: {
          "message.timestamp.before.max.ms": "60000",
          "message.timestamp.after.max.ms": "60000",
        },
      });
      const errors: unknown[] = [];
      for (const shift of [-120_000, 0, 120_000]) {
        const batch = batchOf(["x"], { timestamp: Date.now() + shift });
        errors.push((await produce(client, topic, batch)).error);
      }
      expect(errors).toEqual(["INVALID_TIMESTAMP", "NONE", "INVALID_TIMESTAMP"]);
    });

    test("answers each partition of a request for itself", async () => {
      await using client = await site.connect();
      const topic = await site.topic({ partitions: 2 });
      const { topics } = await client.call("produce", 9, {
        acks: -1,
        timeoutMs: 1_000,
        topics: [
          {
            name: topic,
            partitions: [0, 1, 2].map((index) => ({ index, records: batchOf([`${index}`]) })),
          },
        ],
      });
      const answers = only(topics).partitions.map((p) => [p.index, p.errorCode, p.baseOffset]);
      expect(answers.sort()).toEqual([
        [0, 0, 0n],
        [1, 0, 0n],
        [2, 3, -1n],
      ]);
    });
  });
}

function damaged(at: number): Buffer {
  const batch = batchOf(["damaged"]);
  batch.writeUInt8(batch.readUInt8(at) ^ 1, at);
  return batch;
}

function patched(at: number, value: number): Buffer {
  const batch = batchOf(["patched"]);
  batch.writeInt32BE(value, at);
  return sealBatch(batch);
}
