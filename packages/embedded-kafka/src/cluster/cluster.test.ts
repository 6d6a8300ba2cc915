// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBatch } from "../log/record-batch.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { type Broker, startBroker } from "../start-broker.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { Cluster } from "./cluster.ts";
import { formatAddress, type Listener } from "./listener.ts";
import type { Node } from "./node.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "embedded-kafka-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** What a broker that runs tells of the partitions of a topic. */
async function partitionsOf(broker: Broker, topic: string) {
  const running = broker.inspect().brokers.find(({ isRunning }) => isRunning);
  const [host, port] = (running?.addresses.PLAINTEXT ?? "").split(":");
  await using client = await RawClient.connect({ host: host ?? "", port: Number(port) });
  const { topics } = await client.call("metadata", 12, { topics: [{ name: topic }] });
  return topics[0]?.partitions.map(({ errorCode, leaderId, leaderEpoch, isrNodes }) => [
    errorCode,
    leaderId,
    leaderEpoch,
    isrNodes,
  ]);
}

test("a topic is led by replicas that run when brokers stop, and by nobody when there are none", async () => {
  const topics = [
    { name: "two", partitions: 2, replicationFactor: 2 },
    { name: "one", replicationFactor: 1 },
  ];
  await using broker = await startBroker({ brokers: 3, topics });
  const seen = async () => [await partitionsOf(broker, "two"), await partitionsOf(broker, "one")];
  const before = await seen();
  const first = await broker.faults.stop(0);
  const withoutFirst = await seen();
  const third = await broker.faults.stop(2);
  const secondAlone = await seen();
  await first.restart();
  await third.restart();
  const none = errorCodes.NONE;
  const gone = errorCodes.LEADER_NOT_AVAILABLE;
  expect({ before, withoutFirst, secondAlone, after: await seen() }).toEqual({
    before: [
      [
        [none, 0, 0, [0, 1]],
        [none, 1, 0, [1, 2]],
      ],
      [[none, 1, 0, [1]]],
    ],
    withoutFirst: [
      [
        [none, 1, 1, [1]],
        [none, 1, 0, [1, 2]],
      ],
      [[none, 1, 0, [1]]],
    ],
    secondAlone: [
      [
        [none, 1, 1, [1]],
        [none, 1, 0, [1]],
      ],
      [[none, 1, 0, [1]]],
    ],
    // Who leads goes on, as on Kafka.
    after: [
      [
        [none, 1, 1, [0, 1]],
        [none, 1, 0, [1, 2]],
      ],
      [[none, 1, 0, [1]]],
    ],
  });

  const second = await broker.faults.stop(1);
  const leaderless = await seen();
  await second.restart();
  expect({ leaderless, after: await seen() }).toEqual({
    leaderless: [
      [
        [none, 0, 2, [0]],
        [none, 2, 1, [2]],
      ],
      [[gone, -1, 1, []]],
    ],
    after: [
      [
        [none, 0, 2, [0, 1]],
        [none, 2, 1, [1, 2]],
      ],
      [[none, 1, 2, [1]]],
    ],
  });
});

test("a topic that is made while a broker is stopped is led by those that run", async () => {
  await using broker = await startBroker({ brokers: 3 });
  await using stopped = await broker.faults.stop(1);
  await using client = await RawClient.connect(broker);
  const topic = { name: "t", numPartitions: 3, replicationFactor: 3, assignments: [], configs: [] };
  const request = { topics: [topic], timeoutMs: 1_000, validateOnly: false };
  const { topics } = await client.call("createTopics", 5, request);
  const partitions = await partitionsOf(broker, "t");
  await stopped.restart();
  expect([topics[0]?.errorCode, partitions?.map((each) => each.slice(1))]).toEqual([
    errorCodes.NONE,
    [
      [0, 0, [0, 2]],
      [2, 0, [2, 0]],
      [2, 0, [2, 0]],
    ],
  ]);
});

test("leaders, and how often they changed, are the same after a restart", async () => {
  const options = { brokers: 3, dataDir, topics: [{ name: "t", partitions: 3 }] };
  const leadersOf = async (broker: Broker) =>
    (await partitionsOf(broker, "t"))?.map(([, leader, epoch]) => [leader, epoch]);
  const before = await startBroker(options);
  before.faults.moveLeader({ topic: "t", partition: 0, to: 2 });
  before.faults.moveLeader({ topic: "t", partition: 0, to: 1 });
  const moved = await leadersOf(before);
  await before.close();
  const again = await startBroker(options);
  const kept = await leadersOf(again);
  await again.close();
  await using alone = await startBroker({ ...options, brokers: 1 });
  expect([moved, kept, await leadersOf(alone)]).toEqual([
    [
      [1, 2],
      [1, 0],
      [2, 0],
    ],
    moved,
    [
      [0, 3],
      [0, 1],
      [0, 1],
    ],
  ]);
});

test("Cluster answers clients that come early when all its ports are known", async () => {
  const cluster = new Cluster(resolveOptions({ brokers: 2 }), createMemoryStorage("id"));
  const [first] = cluster.nodes as [Node];
  const [listener] = cluster.options.listeners as [Listener];
  await first.start();
  await using client = await RawClient.connect(first.address(listener));
  const answered = client.call("metadata", 1, { topics: [] });
  await vi.waitUntil(() => first.sockets.size === 1, { interval: 1 });
  await cluster.start();
  const { brokers } = await answered;
  const addresses = cluster.nodes.map((node) => formatAddress(node.address(listener)));
  await cluster.close();
  expect(brokers.map(formatAddress)).toEqual(addresses);
});

test("brokers delete what topics no longer keep, as often as they are told to", async () => {
  const clock = new ManualClock();
  const configs = { "retention.ms": "1000" };
  const topics = [{ name: "t", configs }];
  const broker = await startBroker({ clock, topics, retentionCheckMs: 60_000 });
  await using client = await RawClient.connect(broker);
  const records = createBatch({ values: ["a"], timestamp: 0 });
  const partitions = [{ index: 0, records }];
  const produce = { transactionalId: null, acks: -1, timeoutMs: 1_000 };
  await client.call("produce", 7, { ...produce, topics: [{ name: "t", partitions }] });
  const startOffset = () => broker.inspect().topics.t?.partitions[0]?.logStartOffset;
  clock.advance(59_999);
  const before = startOffset();
  clock.advance(1);
  const after = startOffset();
  await broker.close();
  expect([before, after]).toEqual([0, 1]);
});

test("Cluster.startNode() refuses when the cluster is closed, and close() waits for what starts", async () => {
  const cluster = new Cluster(resolveOptions({ brokers: 2 }), createMemoryStorage("id"));
  await cluster.start();
  const [, second] = cluster.nodes;
  if (!second) throw new Error("No second node");
  const [listener] = cluster.options.listeners as [Listener];
  const address = second.address(listener);
  const stopped = cluster.stopNode(second);
  const started = cluster.startNode(second);
  const closed = cluster.close();
  await Promise.all([stopped, closed]);
  await expect(started).rejects.toMatchObject({
    code: "closed",
    message: "Cannot start broker 1: all are closed",
  });
  const socket = connect(address);
  await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("Cluster.stopNode() writes nothing to the storage when close() was called before", async () => {
  const memory = createMemoryStorage("id");
  let isClosed = false;
  const late: unknown[] = [];
  const journal = (name: string) => {
    const { entries, save } = memory.journal(name);
    const noted = (changes: ReadonlyMap<string, unknown>) => {
      if (isClosed) late.push(...changes.keys());
      save(changes);
    };
    return { entries, save: noted };
  };
  const close = () => {
    isClosed = true;
  };
  const cluster = new Cluster(resolveOptions({ brokers: 2 }), { ...memory, journal, close });
  cluster.topics.create({ name: "t", partitions: 2 });
  await cluster.start();
  const [, second] = cluster.nodes as [Node, Node];
  await Promise.all([cluster.close(), cluster.stopNode(second)]);
  expect([isClosed, late]).toEqual([true, []]);
});

test("a waiting Fetch is answered at once when the partition gets another leader", async () => {
  const clock = new ManualClock();
  await using broker = await startBroker({ brokers: 2, clock, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const partitions = [{ index: 0, fetchOffset: 0n, maxBytes: 1_000 }];
  const fetched = client.call("fetch", 4, {
    maxWaitMs: 60_000,
    minBytes: 1,
    maxBytes: 1_000,
    isolationLevel: 0,
    topics: [{ name: "t", partitions }],
  } as never);
  await vi.waitUntil(() => clock.timers === 1, { interval: 1 });
  broker.faults.moveLeader({ topic: "t", partition: 0, to: 1 });
  const { topics } = await fetched;
  expect(topics[0]?.partitions[0]?.errorCode).toBe(errorCodes.NOT_LEADER_OR_FOLLOWER);
});
