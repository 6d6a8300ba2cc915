// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PartitionLog } from "../log/partition-log.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { fetchOf, produceOf } from "./records.testing.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const partitionOf = <P>({ topics }: { topics: readonly { partitions: P[] }[] }) =>
  topics[0]?.partitions[0] as P;

/** Sends two records a batch, the second a millisecond after the first. */
async function produceAt(client: RawClient, ...timestamps: number[]) {
  for (const timestamp of timestamps) {
    const records = createBatch({ values: ["a", "b"], timestamp });
    const topics = [{ name: "t", partitions: [{ index: 0, records }] }];
    await client.call("produce", 9, { ...produceOf(["a"]), topics });
  }
}

interface Wanted {
  version?: number;
  name?: string;
  isolationLevel?: number;
  currentLeaderEpoch?: number;
}

/** The offset for a time, or for what stands for one. */
async function offsetFor(client: RawClient, timestamp: number, wanted: Wanted = {}) {
  const { version = 11, name = "t", isolationLevel = 0, currentLeaderEpoch = -1 } = wanted;
  const partitions = [{ index: 0, currentLeaderEpoch, timestamp: BigInt(timestamp) }];
  const answer = await client.call("listOffsets", version, {
    replicaId: -1,
    isolationLevel,
    topics: [{ name, partitions }],
  });
  const found = partitionOf(answer);
  return found.errorCode === errorCodes.NONE ? [found.offset, found.timestamp] : found.errorCode;
}

test("ListOffsets finds records by time and the ends of the log, as Kafka does", async () => {
  const topics = [{ name: "t" }, { name: "empty" }];
  await using broker = await startBroker({ topics });
  await using client = await RawClient.connect(broker);
  await produceAt(client, 1000, 5000, 3000, 4000);
  const special = { latest: -1, earliest: -2, max: -3, local: -4, tiered: -5, pending: -6 };
  const found: Record<string, unknown> = {};
  for (const [what, timestamp] of Object.entries(special)) {
    const name = "empty";
    found[what] = [
      await offsetFor(client, timestamp),
      await offsetFor(client, timestamp, { name }),
    ];
  }
  for (const time of [0, 1001, 4500, 5001, 5002]) found[time] = await offsetFor(client, time);
  expect(found).toEqual({
    latest: [
      [8n, -1n],
      [0n, -1n],
    ],
    earliest: [
      [0n, -1n],
      [0n, -1n],
    ],
    max: [
      [3n, 5001n],
      [-1n, -1n],
    ],
    local: [
      [0n, -1n],
      [0n, -1n],
    ],
    tiered: [
      [-1n, -1n],
      [-1n, -1n],
    ],
    pending: [
      [-1n, -1n],
      [-1n, -1n],
    ],
    0: [0n, 1000n],
    1001: [1n, 1001n],
    4500: [2n, 5000n],
    5001: [3n, 5001n],
    5002: [-1n, -1n],
  });
});

test("ListOffsets refuses what a version or the broker does not know", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }], autoCreateTopics: false });
  await using client = await RawClient.connect(broker);
  expect({
    max: [await offsetFor(client, -3, { version: 6 }), await offsetFor(client, -3, { version: 7 })],
    local: await offsetFor(client, -4, { version: 7 }),
    tiered: await offsetFor(client, -5, { version: 8 }),
    pending: await offsetFor(client, -6, { version: 10 }),
    unknown: await offsetFor(client, -7),
    topic: await offsetFor(client, -1, { name: "nope" }),
    epoch: await offsetFor(client, -1, { currentLeaderEpoch: 1 }),
    level: await offsetFor(client, -1, { isolationLevel: 2 }),
  }).toEqual({
    max: [errorCodes.UNSUPPORTED_VERSION, [-1n, -1n]],
    local: errorCodes.UNSUPPORTED_VERSION,
    tiered: errorCodes.UNSUPPORTED_VERSION,
    pending: errorCodes.UNSUPPORTED_VERSION,
    unknown: errorCodes.UNSUPPORTED_VERSION,
    topic: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    epoch: errorCodes.UNKNOWN_LEADER_EPOCH,
    level: errorCodes.INVALID_REQUEST,
  });
});

test("ListOffsets answers an error for a partition whose records cannot be read", async () => {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: vi.fn() };
  await using broker = await startBroker({ logger, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  await produceAt(client, 1_000);
  const find = vi.spyOn(PartitionLog.prototype, "findByTimestamp").mockImplementationOnce(() => {
    throw new Error("EIO: i/o error, read");
  });
  const found = [await offsetFor(client, 1_000), await offsetFor(client, 1_000)];
  find.mockRestore();
  expect([found, logger.error.mock.calls.length]).toEqual([
    [errorCodes.KAFKA_STORAGE_ERROR, [0n, 1_000n]],
    1,
  ]);
});

test("DeleteRecords deletes what lies before an offset, for ever", async () => {
  const options = { dataDir, topics: [{ name: "t" }] };
  const remove = async (client: RawClient, offset: bigint) => {
    const topics = [{ name: "t", partitions: [{ index: 0, offset }] }];
    const { errorCode, lowWatermark } = partitionOf(
      await client.call("deleteRecords", 2, { topics, timeoutMs: 1000 }),
    );
    return [errorCode, lowWatermark];
  };
  const seen: unknown[] = [];
  {
    await using broker = await startBroker(options);
    await using client = await RawClient.connect(broker);
    await produceAt(client, 1000, 2000, 3000);
    for (const offset of [3n, 1n, 7n, -2n]) seen.push(await remove(client, offset));
    seen.push(partitionOf(await client.call("fetch", 12, fetchOf({ offset: 2n }))).errorCode);
  }
  await using broker = await startBroker(options);
  await using client = await RawClient.connect(broker);
  seen.push(await offsetFor(client, -2), await offsetFor(client, 0), await remove(client, -1n));
  seen.push(await offsetFor(client, -2));
  expect(seen).toEqual([
    [errorCodes.NONE, 3n],
    [errorCodes.NONE, 3n],
    [errorCodes.OFFSET_OUT_OF_RANGE, -1n],
    [errorCodes.OFFSET_OUT_OF_RANGE, -1n],
    errorCodes.OFFSET_OUT_OF_RANGE,
    [3n, -1n],
    [3n, 2001n],
    [errorCodes.NONE, 6n],
    [6n, -1n],
  ]);
});

test("DeleteRecords is against the policy of a topic that is compacted alone", async () => {
  const topics = [
    { name: "compact", configs: { "cleanup.policy": "compact" } },
    { name: "both", configs: { "cleanup.policy": "compact,delete" } },
  ];
  await using broker = await startBroker({ topics });
  await using client = await RawClient.connect(broker);
  const answer = await client.call("deleteRecords", 2, {
    topics: ["compact", "both", "nope"].map((name) => {
      return { name, partitions: [{ index: 0, offset: 0n }] };
    }),
    timeoutMs: 1000,
  });
  expect(answer.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
    errorCodes.POLICY_VIOLATION,
    errorCodes.NONE,
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
  ]);
});

test("DescribeLogDirs tells where logs are and how large", async () => {
  const topics = [{ name: "t", partitions: 2, replicationFactor: 1 }];
  await using broker = await startBroker({ dataDir, brokers: 2, topics });
  await using client = await RawClient.connect(broker);
  await client.call("produce", 9, produceOf(["a"]));
  const ask = async (wanted: { name: string; partitions: number[] }[] | null) =>
    (await client.call("describeLogDirs", 5, { topics: wanted })).results[0];
  const all = await ask(null);
  const none = await ask([{ name: "t", partitions: [1, 7] }]);
  const described = all?.topics.map(({ name, partitions }) => [
    name,
    partitions.map(({ index, partitionSize }) => [index, partitionSize]),
  ]);
  expect([
    all?.logDir,
    described,
    (all?.usableBytes ?? 0n) > 0n && (all?.totalBytes ?? 0n) >= (all?.usableBytes ?? 0n),
    none?.topics,
  ]).toEqual([dataDir, [["t", [[0, BigInt(createBatch({ values: ["a"] }).length)]]]], true, []]);
});

test("DescribeLogDirs tells of a data directory that is gone", async () => {
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: vi.fn() };
  await using broker = await startBroker({ dataDir, logger, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  rmSync(dataDir, { recursive: true, force: true });
  const { errorCode, results } = await client.call("describeLogDirs", 5, { topics: null });
  const described = results.map(({ errorCode, topics }) => [errorCode, topics]);
  expect([errorCode, described, logger.error.mock.calls.length]).toEqual([
    errorCodes.NONE,
    [[errorCodes.KAFKA_STORAGE_ERROR, []]],
    1,
  ]);
});
