// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Server, startServer, toolPath } from "@labwire/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient } from "../raw-client.testing.ts";
import { createTopic } from "./create-topic.testing.ts";
import { parseLogConfig } from "./log-config.ts";
import { openTestLog } from "./partition-log.testing.ts";
import { createBatch, seal, type TestBatchOptions } from "./record-batch.testing.ts";
import { attributeBits } from "./record-batch.ts";

const installed = toolPath("kafka-4.3.1");
const now = Date.now();

const two = (options: Partial<TestBatchOptions> = {}): Buffer =>
  createBatch({ values: ["a", "b"], timestamp: now, ...options });

function changed(
  edit: (batch: Buffer) => unknown,
  options: Partial<TestBatchOptions> = {},
): Buffer {
  const batch = two(options);
  edit(batch);
  return seal(batch);
}

/** Bytes as they are in place of the records, which count two. */
function withRecords(records: Buffer, attributes = 0): Buffer {
  const batch = Buffer.concat([two({ attributes }).subarray(0, 61), records]);
  batch.writeInt32BE(batch.length - 12, 8);
  return seal(batch);
}

const flipped = two();
flipped.writeUInt8(0x55, flipped.length - 1);
const keyed = ["a", "b"].map((key) => ({ key, value: "v" }));

/** What producers send that is odd, and some that is not. */
const batches: Record<string, Buffer> = {
  plain: two(),
  gzip: two({ attributes: 1 }),
  snappy: two({ attributes: 2 }),
  lz4: two({ attributes: 3 }),
  zstd: two({ attributes: 4 }),
  "compression that there is not": changed((batch) => batch.writeInt16BE(5, 21)),
  "keys and tombstones": two({ values: [...keyed, { key: "c", value: null }] }),
  "few bytes after it": Buffer.concat([two(), Buffer.alloc(11)]),
  "zeros after it": Buffer.concat([two(), Buffer.alloc(30)]),
  nothing: Buffer.alloc(0),
  "one that is cut short": two().subarray(0, 40),
  "two of them": Buffer.concat([two(), two()]),
  "a wrong checksum": flipped,
  "magic 1": changed((batch) => batch.writeInt8(1, 16)),
  "magic 3": changed((batch) => batch.writeInt8(3, 16)),
  "a base offset": changed((batch) => batch.writeInt8(1, 7)),
  "a larger count": changed((batch) => batch.writeInt32BE(3, 57)),
  "a smaller count": changed((batch) => {
    batch.writeInt32BE(1, 57);
    batch.writeInt32BE(0, 23);
  }),
  "no records": changed((batch) => {
    batch.writeInt32BE(0, 57);
    batch.writeInt32BE(-1, 23);
  }),
  "a control batch": changed(() => {}, { attributes: attributeBits.control }),
  "a producer without sequence": changed(() => {}, { producerId: 1, baseSequence: -1 }),
  "the time of the append": two({ attributes: attributeBits.logAppendTime }),
  "a wrong largest time": changed((batch) => batch.writeBigInt64BE(BigInt(now + 5_000), 35)),
  "a largest time that is too low": changed((batch) => batch.writeBigInt64BE(1n, 35)),
  "times that fall": two({
    values: [
      { value: "a", timestamp: now },
      { value: "b", timestamp: 5 },
    ],
  }),
  "no time": two({ values: ["a"], timestamp: -1 }),
  "a time far ahead": two({ timestamp: now + 7_200_000 }),
  "a time far ahead, gzip": two({ timestamp: now + 7_200_000, attributes: 1 }),
  "a time long ago": two({ timestamp: 1 }),
  "records that are cut short": withRecords(Buffer.from([14, 0, 0, 0, 1])),
  "zeros for records": withRecords(Buffer.alloc(50)),
  "a key longer than its record": withRecords(Buffer.from([14, 0, 0, 0, 100, 1, 0, 0])),
  "no length": withRecords(Buffer.from([1, 0, 0, 0, 1, 1, 0, 0])),
  "a large batch": two({ values: ["x".repeat(1_100_000)] }),
  "a first sequence of 5": two({ producerId: 900, baseSequence: 5 }),
  "the next sequence": two({ producerId: 900, baseSequence: 7 }),
  "the same again": two({ producerId: 900, baseSequence: 7 }),
  "a gap": two({ producerId: 900, baseSequence: 12 }),
  "a newer epoch in the middle": two({ producerId: 900, producerEpoch: 1, baseSequence: 9 }),
  "a newer epoch": two({ producerId: 900, producerEpoch: 1, baseSequence: 0 }),
  "an older epoch": two({ producerId: 900, baseSequence: 9 }),
  "the largest sequence": two({ producerId: 901, baseSequence: 0x7fffffff }),
  "what follows it": two({ producerId: 901, baseSequence: 1 }),
};

const configs: Record<string, Record<string, string>> = {
  "no configs": {},
  compaction: { "cleanup.policy": "compact" },
  "the time of the append": { "message.timestamp.type": "LogAppendTime" },
  "times that are not long ago": { "message.timestamp.before.max.ms": "60000" },
  "compression by LZ4": { "compression.type": "lz4" },
  "no compression": { "compression.type": "uncompressed" },
};

/** What is told of an append, but its time, which is another one. */
interface Told {
  readonly errorCode: number;
  readonly baseOffset: bigint | number;
  readonly logAppendTimeMs: bigint | number;
  readonly recordErrors?: readonly { readonly batchIndex: number }[] | null;
}

function summary({ errorCode, baseOffset, logAppendTimeMs, recordErrors }: Told): string {
  const records = (recordErrors ?? []).map(({ batchIndex }) => batchIndex).join();
  const time = logAppendTimeMs < 0 ? "no time" : "a time";
  return `code ${errorCode} at ${baseOffset} with ${time}, wrong records: ${records || "none"}`;
}

// In CI a missing Kafka is a failure, not a reason to skip.
describe.skipIf(!installed && process.env.CI !== "true")(
  "PartitionLog and Apache Kafka 4.3.1",
  () => {
    let kafka: Server;
    beforeAll(async () => {
      kafka = await startServer("kafka");
    });
    afterAll(() => kafka?.stop());

    test.each(Object.keys(configs))("agree on what producers send, with %s", async (kind) => {
      const set = configs[kind] as Record<string, string>;
      await using client = await RawClient.connect({ host: "127.0.0.1", port: kafka.port });
      const topic = `log-${Object.keys(configs).indexOf(kind)}-${now}`;
      await createTopic(client, topic, set);
      const ours = openTestLog({ config: parseLogConfig(set) });
      ours.now = Date.now();
      const told: Record<string, string> = {};
      const expected: Record<string, string> = {};
      for (const [name, bytes] of Object.entries(batches)) {
        const topics = [{ name: topic, partitions: [{ index: 0, records: bytes }] }];
        const request = { transactionalId: null, acks: 1, timeoutMs: 5_000, topics };
        const answer = await client.call("produce", 9, request);
        expected[name] = summary(answer.topics[0]?.partitions[0] as Told);
        told[name] = summary(ours.log.append(Buffer.from(bytes), 0));
      }
      expect(told).toEqual(expected);
      if (kind === "no configs" || kind === "compaction") {
        const fetched = await client.call("fetch", 11, {
          maxWaitMs: 0,
          minBytes: 0,
          topics: [
            { name: topic, partitions: [{ index: 0, fetchOffset: 0n, maxBytes: 10_000_000 }] },
          ],
        });
        const { records } = fetched.topics[0]?.partitions[0] ?? {};
        const own = ours.log.read(ours.log.locate(0, 10_000_000, true));
        expect(own.toString("hex")).toBe(records?.toString("hex"));
      }
      expect(ours.log.endOffset).toBeGreaterThan(2);
    });
  },
);
