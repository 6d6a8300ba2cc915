// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as wait } from "node:timers/promises";
import { type Server, startServer, toolPath } from "@labwire/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { recordsOf } from "./batch-records.ts";
import { createTopic } from "./create-topic.testing.ts";
import { parseLogConfig } from "./log-config.ts";
import { openTestLog, type TestLog } from "./partition-log.testing.ts";
import { createBatch } from "./record-batch.testing.ts";
import { attributeBits, readBatchHeader } from "./record-batch.ts";

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
    const isMarker = (header.attributes & attributeBits.control) !== 0;
    while (cursor.next()) {
      const time = isMarker ? "a time" : cursor.timestamp;
      records.push([cursor.offset, time, cursor.key(), cursor.valueLength]);
    }
    // The time from which tombstones may go is that of the cleaning, the size that of the packer.
    const { sizeBytes, baseTimestamp, maxTimestamp, ...rest } = header;
    const hasHorizon = (header.attributes & attributeBits.deleteHorizon) !== 0;
    const times = isMarker ? "a time" : [hasHorizon ? "a horizon" : baseTimestamp, maxTimestamp];
    found.push({ ...rest, times, records });
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

/** Compacts both logs, and gives what is left of each, when it is the same or time is over. */
async function cleanBoth(
  client: RawClient,
  topic: string,
  ours: TestLog,
): Promise<[own: Buffer, other: Buffer]> {
  const ratio = { name: "min.cleanable.dirty.ratio", configOperation: 0, value: "0" };
  const altered = { resourceType: 2, resourceName: topic, configs: [ratio] };
  await client.call("incrementalAlterConfigs", 1, { resources: [altered], validateOnly: false });
  ours.config = { ...ours.config, minCleanableDirtyRatio: 0 };
  ours.log.clean();
  const parts: Buffer[] = [];
  for (let offset = 0; offset < ours.log.endOffset; ) {
    const range = ours.log.locate(offset, 10_000_000, true);
    parts.push(ours.log.read(range));
    offset = range.endOffset;
  }
  const own = Buffer.concat(parts);
  let other = await fetchAll(client, topic);
  // The cleaner takes its time.
  for (const end = performance.now() + cleaningTimeoutMs; performance.now() < end; ) {
    if (describeText(other) === describeText(own)) break;
    await wait(200);
    other = await fetchAll(client, topic);
  }
  return [own, other];
}

/** Asks again while the coordinator is not ready or busy with the transaction before. */
async function untilDone<T>(ask: () => Promise<T>, codeOf: (answer: T) => number): Promise<T> {
  const busy: number[] = [
    errorCodes.COORDINATOR_LOAD_IN_PROGRESS,
    errorCodes.COORDINATOR_NOT_AVAILABLE,
    errorCodes.NOT_COORDINATOR,
    errorCodes.CONCURRENT_TRANSACTIONS,
  ];
  for (const end = performance.now() + cleaningTimeoutMs; ; await wait(20)) {
    const answer = await ask();
    const code = codeOf(answer);
    if (code === errorCodes.NONE) return answer;
    if (!busy.includes(code) || performance.now() > end) throw new Error(`Error code ${code}`);
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
      const [own, other] = await cleanBoth(client, topic, ours);
      expect(describeBatches(own)).toEqual(describeBatches(other));
      if (attributes === 0 && !tombstones) expect(own.equals(other)).toBe(true);
      expect(own.length).toBeLessThan(produced / 2);
    });

    test("leave the same of transactions", async () => {
      await using client = await RawClient.connect({ host: "127.0.0.1", port: kafka.port });
      const topic = `transactions-${Date.now()}`;
      await createTopic(client, topic, configs);
      const ours = openTestLog({ config: parseLogConfig(configs) });
      const start = Date.now() - 1_000_000;
      for (let at = 0; at < 12; at++) {
        const transactionalId = `${topic}-${at % 3}`;
        // The first to ask for a coordinator makes the topic of transactions.
        await untilDone(
          () => client.call("findCoordinator", 3, { key: transactionalId, keyType: 1 }),
          ({ errorCode }) => errorCode,
        );
        const asked = { transactionalId, transactionTimeoutMs: 60_000 };
        const { producerId, producerEpoch } = await untilDone(
          () => client.call("initProducerId", 4, { ...asked, producerId: -1n, producerEpoch: -1 }),
          ({ errorCode }) => errorCode,
        );
        const topics = [{ name: topic, partitions: [0] }];
        const added = {
          v3AndBelowTransactionalId: transactionalId,
          v3AndBelowProducerId: producerId,
          v3AndBelowProducerEpoch: producerEpoch,
          v3AndBelowTopics: topics,
        };
        await untilDone(
          () => client.call("addPartitionsToTxn", 3, added),
          ({ resultsByTopicV3AndBelow: [result] }) =>
            result?.resultsByPartition[0]?.partitionErrorCode ?? -1,
        );
        const records = createBatch({
          values: [0, 1, 2].map((index) => ({ key: `k${(at + index) % 5}`, value: `${at}` })),
          timestamp: start + 10_000 * at,
          attributes: attributeBits.transactional,
          producerId: Number(producerId),
          producerEpoch,
          baseSequence: 0,
        });
        await untilDone(
          () =>
            client.call("produce", 9, {
              transactionalId,
              acks: 1,
              timeoutMs: 5_000,
              topics: [{ name: topic, partitions: [{ index: 0, records }] }],
            }),
          ({ topics }) => topics[0]?.partitions[0]?.errorCode ?? -1,
        );
        ours.now = Date.now();
        ours.add(records);
        const isCommit = at % 4 !== 1;
        const ended = { transactionalId, producerId, producerEpoch, committed: isCommit };
        await untilDone(
          () => client.call("endTxn", 3, ended),
          ({ errorCode }) => errorCode,
        );
        const marker = { producerId: Number(producerId), producerEpoch, coordinatorEpoch: 0 };
        ours.log.appendMarker({ ...marker, isCommit }, 0);
        // The coordinator answers before the marker is there.
        const latest = [{ index: 0, currentLeaderEpoch: -1, timestamp: -1n }];
        const question = { replicaId: -1, isolationLevel: 0 };
        await untilDone(
          () =>
            client.call("listOffsets", 5, {
              ...question,
              topics: [{ name: topic, partitions: latest }],
            }),
          ({ topics }) => {
            const isThere = topics[0]?.partitions[0]?.offset === BigInt(ours.log.endOffset);
            return isThere ? errorCodes.NONE : errorCodes.COORDINATOR_NOT_AVAILABLE;
          },
        );
      }
      const [own, other] = await cleanBoth(client, topic, ours);
      expect(describeBatches(own)).toEqual(describeBatches(other));
    });
  },
);

function describeText(bytes: Buffer): string {
  return JSON.stringify(describeBatches(bytes));
}
