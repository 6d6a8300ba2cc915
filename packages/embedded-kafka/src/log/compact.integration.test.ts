// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as wait } from "node:timers/promises";
import { type Server, startServer, toolPath } from "@labwire/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient } from "../raw-client.testing.ts";
import { recordsOf } from "./batch-records.ts";
import { createTopic } from "./create-topic.testing.ts";
import { parseLogConfig } from "./log-config.ts";
import { openTestLog } from "./partition-log.testing.ts";
import { createBatch } from "./record-batch.testing.ts";
import { readBatchHeader } from "./record-batch.ts";

const installed = toolPath("kafka-4.3.1");
const configs = {
  "cleanup.policy": "compact",
  "segment.ms": "1000",
  // Not before it is set to 0: then one round of the cleaner does all.
  "min.cleanable.dirty.ratio": "1",
  "delete.retention.ms": "600000",
};
const cleaningTimeoutMs = 30_000;

/** Batches of a few keys, each ten seconds after the one before, so that each begins a segment. */
function batches(attributes: number, tombstones: boolean): Buffer[] {
  const start = Date.now() - 1_000_000;
  return Array.from({ length: 40 }, (_, at) => {
    const producer = at % 3 === 0 ? { producerId: 700 + at, baseSequence: 0 } : {};
    const values = Array.from({ length: 1 + (at % 4) }, (_, index) => ({
      key: `k${(at * 7 + index * 3) % 11}`,
      value: tombstones && (at + index) % 5 === 0 ? null : `${at} ${"value ".repeat(at)}`,
    }));
    return createBatch({ values, timestamp: start + 10_000 * at, attributes, ...producer });
  });
}

/** The batches of a log, each with what its records are. */
function describeBatches(bytes: Buffer): unknown[] {
  const found: unknown[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = readBatchHeader(bytes, at);
    const cursor = recordsOf(bytes.subarray(at, at + header.sizeBytes), header);
    const records: unknown[] = [];
    while (cursor.next()) {
      records.push([cursor.offset, cursor.timestamp, cursor.key(), cursor.valueLength]);
    }
    // The time from which tombstones may go is that of the cleaning, the size that of the packer.
    const { sizeBytes, baseTimestamp, ...rest } = header;
    const hasHorizon = (header.attributes & 0x40) !== 0;
    found.push({ ...rest, baseTimestamp: hasHorizon ? "a horizon" : baseTimestamp, records });
    at += sizeBytes;
  }
  return found;
}

async function fetchAll(client: RawClient, topic: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let fetchOffset = 0n; ; ) {
    const partitions = [{ index: 0, fetchOffset, maxBytes: 10_000_000 }];
    const topics = [{ name: topic, partitions }];
    const answer = await client.call("fetch", 11, { maxWaitMs: 0, minBytes: 0, topics });
    const bytes = answer.topics[0]?.partitions[0]?.records;
    if (!bytes || bytes.length === 0) return Buffer.concat(parts);
    parts.push(bytes);
    for (let at = 0; at < bytes.length; ) {
      const { lastOffset, sizeBytes } = readBatchHeader(bytes, at);
      fetchOffset = BigInt(lastOffset + 1);
      at += sizeBytes;
    }
  }
}

// In CI a missing Kafka is a failure, not a reason to skip.
describe.skipIf(!installed && process.env.CI !== "true")(
  "PartitionLog.clean() and the cleaner of Apache Kafka 4.3.1",
  () => {
    let kafka: Server;
    beforeAll(async () => {
      kafka = await startServer("kafka", { properties: { "log.cleaner.backoff.ms": "200" } });
    });
    afterAll(() => kafka?.stop());

    test.each([
      ["uncompressed", 0, false],
      ["uncompressed, tombstones", 0, true],
      ["gzip", 1, true],
      ["snappy", 2, true],
      ["lz4", 3, true],
      ["zstd", 4, true],
    ])("leave the same of batches: %s", async (_, attributes, tombstones) => {
      await using client = await RawClient.connect({ host: "127.0.0.1", port: kafka.port });
      const topic = `compacted-${attributes}-${tombstones}-${Date.now()}`;
      await createTopic(client, topic, configs);
      const ours = openTestLog({ config: parseLogConfig(configs) });
      ours.now = Date.now();
      let produced = 0;
      for (const records of batches(attributes, tombstones)) {
        const { topics } = await client.call("produce", 9, {
          transactionalId: null,
          acks: 1,
          timeoutMs: 5_000,
          topics: [{ name: topic, partitions: [{ index: 0, records }] }],
        });
        expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
        ours.add(Buffer.from(records));
        produced += records.length;
      }
      const ratio = { name: "min.cleanable.dirty.ratio", configOperation: 0, value: "0" };
      const altered = { resourceType: 2, resourceName: topic, configs: [ratio] };
      await client.call("incrementalAlterConfigs", 1, {
        resources: [altered],
        validateOnly: false,
      });
      ours.config = { ...ours.config, minCleanableDirtyRatio: 0 };
      ours.log.clean();
      const parts: Buffer[] = [];
      for (let offset = 0; offset < ours.log.endOffset; ) {
        const range = ours.log.locate(offset, 10_000_000, true);
        parts.push(ours.log.read(range));
        offset = range.endOffset;
      }
      const own = Buffer.concat(parts);
      const end = performance.now() + cleaningTimeoutMs;
      let other = await fetchAll(client, topic);
      // The cleaner takes its time, and more than one round.
      while (describeText(other) !== describeText(own) && performance.now() < end) {
        await wait(200);
        other = await fetchAll(client, topic);
      }
      expect(describeBatches(own)).toEqual(describeBatches(other));
      if (attributes === 0 && !tombstones) expect(own.equals(other)).toBe(true);
      expect(own.length).toBeLessThan(produced / 2);
    });
  },
);

function describeText(bytes: Buffer): string {
  return JSON.stringify(describeBatches(bytes));
}
