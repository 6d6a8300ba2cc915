// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { PartitionLog } from "../log/partition-log.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";
import { TopicCatalog } from "../topics/topic-catalog.ts";
import { TransactionalProducer } from "../transactional-producer.testing.ts";
import { type FetchOptions, fetchOf, produceOf } from "./records.testing.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function fetchOne(client: RawClient, options: FetchOptions = {}, version = 12) {
  const { topics } = await client.call("fetch", version, fetchOf(options));
  const [partition] = topics[0]?.partitions ?? [];
  if (!partition) throw new Error("No partition was answered");
  return { ...partition, bytes: partition.records?.length };
}

async function isWaiting(clock: ManualClock): Promise<void> {
  await vi.waitUntil(() => clock.timers === 1, { interval: 1 });
}

test("Fetch answers as soon as a record comes, when it waits for one", async () => {
  const clock = new ManualClock(); // Time stands still, so only the record can end the wait.
  await using broker = await startBroker({ clock, topics: [{ name: "t" }] });
  await using consumer = await RawClient.connect(broker);
  await using producer = await RawClient.connect(broker);
  const fetched = fetchOne(consumer, { maxWaitMs: 60_000 });
  await isWaiting(clock);
  await producer.call("produce", 9, produceOf(["a"]));
  const { highWatermark, bytes } = await fetched;
  expect([highWatermark, bytes, clock.timers]).toEqual([
    1n,
    createBatch({ values: ["a"] }).length,
    0,
  ]);
});

test("Fetch waits until minBytes are there, of all its partitions together", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock, topics: [{ name: "t", partitions: 3 }] });
  await using consumer = await RawClient.connect(broker);
  await using producer = await RawClient.connect(broker);
  const size = createBatch({ values: ["a"] }).length;
  const wanted = fetchOf({ indexes: [0, 1, 2], maxWaitMs: 60_000, minBytes: 3 * size });
  const fetched = consumer.call("fetch", 12, wanted);
  await isWaiting(clock);
  const waits: number[] = [];
  for (const index of [2, 0, 2]) {
    const request = produceOf(["a"]);
    const topics = request.topics.map(({ name, topicId, partitions: [batch] }) => {
      return { name, topicId, partitions: batch ? [{ ...batch, index }] : [] };
    });
    await producer.call("produce", 9, { ...request, topics });
    waits.push(clock.timers);
  }
  const partitions = (await fetched).topics[0]?.partitions ?? [];
  expect([waits, partitions.map(({ records }) => records?.length)]).toEqual([
    [1, 1, 0],
    [size, 0, 2 * size],
  ]);
});

test("Fetch answers empty when its time is over, and at once when something is wrong", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const fetched = fetchOne(client, { maxWaitMs: 500 });
  await isWaiting(clock);
  clock.advance(500);
  const late = await fetched;
  const past = await fetchOne(client, { maxWaitMs: 500, offset: 1n });
  const nothing = await client.call("fetch", 12, fetchOf({ maxWaitMs: 500, indexes: [] }));
  const level = await client.call("fetch", 12, fetchOf({ maxWaitMs: 500, isolationLevel: 7 }));
  expect([late.errorCode, late.bytes, past.errorCode, nothing.topics, level.errorCode]).toEqual([
    errorCodes.NONE,
    0,
    errorCodes.OFFSET_OUT_OF_RANGE,
    [],
    errorCodes.INVALID_REQUEST,
  ]);
});

test("Fetch stops waiting when its client is gone, its topic deleted or the broker closed", async () => {
  const clock = new ManualClock();
  const broker = await startBroker({ clock, logger: silent, topics: [{ name: "t" }] });
  const waiting = { maxWaitMs: 60_000 };
  const gone = await RawClient.connect(broker);
  fetchOne(gone, waiting).catch(() => {});
  await isWaiting(clock);
  await gone[Symbol.asyncDispose]();
  await vi.waitUntil(() => clock.timers === 0, { interval: 1 });

  await using client = await RawClient.connect(broker);
  await using admin = await RawClient.connect(broker);
  const deleted = fetchOne(client, waiting);
  await isWaiting(clock);
  await admin.call("deleteTopics", 1, { topicNames: ["t"], timeoutMs: 1000 });
  const { errorCode } = await deleted;
  await admin.call("metadata", 4, { topics: [{ name: "t" }] });
  const closed = fetchOne(client, waiting).catch((error: Error) => error.message);
  await isWaiting(clock);
  await broker.close();
  expect([errorCode, await closed, clock.timers]).toEqual([
    errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
    "The connection was closed",
    0,
  ]);
});

test("Fetch gives whole batches within the limits, and one however small they are", async () => {
  await using broker = await startBroker({ topics: [{ name: "t", partitions: 2 }] });
  await using client = await RawClient.connect(broker);
  for (const value of ["a", "b", "c"]) await client.call("produce", 9, produceOf([value]));
  const size = createBatch({ values: ["a"] }).length;
  const all = await fetchOne(client);
  const limits: FetchOptions[] = [
    { partitionMaxBytes: 2 * size },
    { partitionMaxBytes: 1 },
    { partitionMaxBytes: 0 },
    { partitionMaxBytes: -1 },
    { maxBytes: 2 * size + 1 },
    { maxBytes: 1 },
    { maxBytes: -1 },
    { offset: 2n },
    { offset: 3n },
  ];
  const seen: unknown[] = [all.bytes];
  for (const limit of limits) seen.push((await fetchOne(client, limit)).bytes);
  expect(seen).toEqual([3, 2, 1, 1, 1, 2, 1, 1, 1, 0].map((batches) => batches * size));
});

test("Fetch tells who leads instead, and reads from a replica where the client knows of that", async () => {
  const topics = [
    { name: "one", replicationFactor: 1 },
    { name: "all", replicationFactor: 3 },
  ];
  await using broker = await startBroker({ brokers: 3, topics });
  await using client = await RawClient.connect(broker);
  const described = (await client.call("metadata", 12, { topics: null })).topics;
  const [one, all] = described.map(({ topicId, partitions }) => {
    return { topicId: Buffer.from(topicId), leader: partitions[0]?.leaderId ?? -1 };
  });
  if (!one || !all) throw new Error("There are two topics");
  const connect = (nodeId: number) => {
    const [host = "", port] = broker.brokers[nodeId % 3]?.split(":") ?? [];
    return RawClient.connect({ host, port: Number(port) });
  };
  await using wrong = await connect(one.leader + 1);
  await using follower = await connect(all.leader + 1);
  const refused = await wrong.call("fetch", 16, fetchOf({ topicId: one.topicId }));
  const codes = [
    await fetchOne(follower, { name: "all" }, 10),
    await fetchOne(follower, { name: "all" }, 11),
    await fetchOne(follower, { name: "all", currentLeaderEpoch: 1 }, 11),
  ].map(({ errorCode }) => errorCode);
  const partition = refused.topics[0]?.partitions[0];
  const endpoints = refused.nodeEndpoints.map(({ nodeId, host, port }) => [
    nodeId,
    `${host}:${port}`,
  ]);
  expect([partition?.errorCode, partition?.currentLeader, endpoints, codes]).toEqual([
    errorCodes.NOT_LEADER_OR_FOLLOWER,
    { leaderId: one.leader, leaderEpoch: 0 },
    [[one.leader, broker.brokers[one.leader]]],
    [errorCodes.NOT_LEADER_OR_FOLLOWER, errorCodes.NONE, errorCodes.UNKNOWN_LEADER_EPOCH],
  ]);
});

test("Fetch by id reads the topic with that id, not a later one of its name", async () => {
  await using broker = await startBroker({ logger: silent, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const idOf = async () =>
    (await client.call("metadata", 12, { topics: [{ name: "t" }] })).topics[0]?.topicId ??
    Buffer.alloc(16);
  const first = Buffer.from(await idOf());
  await client.call("produce", 13, produceOf(["a"], { topicId: first }));
  const before = await fetchOne(client, { topicId: first }, 13);
  await client.call("deleteTopics", 5, { topicNames: ["t"], timeoutMs: 1000 });
  const gone = await fetchOne(client, { topicId: first }, 13);
  const second = Buffer.from(await idOf()); // Made anew by being asked for.
  const stale = await fetchOne(client, { topicId: first }, 13);
  const after = await fetchOne(client, { topicId: second }, 13);
  expect([
    first.equals(second),
    [before.errorCode, before.highWatermark],
    gone.errorCode,
    stale.errorCode,
    [after.errorCode, after.highWatermark],
  ]).toEqual([
    false,
    [errorCodes.NONE, 1n],
    errorCodes.UNKNOWN_TOPIC_ID,
    errorCodes.UNKNOWN_TOPIC_ID,
    [errorCodes.NONE, 0n],
  ]);
});

test("Fetch of committed records waits for the end of a transaction, and tells what was aborted", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ clock, topics: [{ name: "t" }] });
  await using consumer = await RawClient.connect(broker);
  await using client = await RawClient.connect(broker);
  const producer = new TransactionalProducer({ id: "tx" });
  await producer.init(client);
  await producer.produce(client, "t", 0, ["a"]);
  await client.call("produce", 9, produceOf(["b"]));
  const timers = clock.timers;
  const fetched = fetchOne(consumer, { maxWaitMs: 1_000, isolationLevel: 1 });
  await vi.waitUntil(() => clock.timers === timers + 1, { interval: 1 });
  const all = await fetchOne(client);
  await producer.end(client, false);
  const committed = await fetched;
  expect([
    [all.highWatermark, all.lastStableOffset, all.abortedTransactions],
    [committed.highWatermark, committed.lastStableOffset, committed.abortedTransactions],
    (committed.bytes ?? 0) > (all.bytes ?? 0), // By the marker.
  ]).toEqual([
    [2n, 0n, null],
    [3n, 3n, [{ producerId: BigInt(producer.producerId), firstOffset: 0n }]],
    true,
  ]);
});

test("Fetch answers an error for the partition whose records cannot be read, and reads the others", async () => {
  const clock = new ManualClock();
  const topics = [{ name: "t", partitions: 2 }];
  const error = vi.fn();
  const logger = { ...silent, error };
  try {
    await using broker = await startBroker({ clock, logger, topics });
    await using client = await RawClient.connect(broker);
    await using waiting = await RawClient.connect(broker);
    await client.call("produce", 9, produceOf(["a"]));
    vi.spyOn(PartitionLog.prototype, "read").mockImplementationOnce(() => {
      throw new Error("EIO: i/o error, read");
    });
    const answer = await client.call("fetch", 12, fetchOf({ indexes: [0, 1] }));
    vi.spyOn(PartitionLog.prototype, "locate").mockImplementationOnce(() => {
      throw new Error("EIO: i/o error, read");
    });
    const unlocated = await client.call("fetch", 12, fetchOf({ indexes: [0, 1] }));
    const codes = [answer, unlocated].map(({ topics }) =>
      topics[0]?.partitions.map(({ errorCode }) => errorCode),
    );
    const fetched = waiting.call("fetch", 12, fetchOf({ indexes: [1], maxWaitMs: 1_000 }));
    await isWaiting(clock);
    vi.spyOn(TopicCatalog.prototype, "get").mockImplementationOnce(() => {
      throw new Error("A mistake of ours");
    });
    clock.advance(1_000);
    await expect(fetched).rejects.toThrow("The connection was closed");
    const { bytes } = await fetchOne(client);
    expect([codes, error.mock.calls.length, (bytes ?? 0) > 0]).toEqual([
      [0, 1].map(() => [errorCodes.KAFKA_STORAGE_ERROR, errorCodes.NONE]),
      3,
      true,
    ]);
  } finally {
    vi.restoreAllMocks();
  }
});
