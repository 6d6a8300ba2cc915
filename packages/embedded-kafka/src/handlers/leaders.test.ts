// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import type { BrokerOptions } from "../broker-options.ts";
import { Cluster } from "../cluster/cluster.ts";
import type { Listener } from "../cluster/listener.ts";
import type { Node } from "../cluster/node.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { resolveOptions } from "../resolve-options.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { fetchOf, produceOf } from "./records.testing.ts";

/** Three brokers whose nodes a test stops and starts. */
async function startNodes(options: BrokerOptions = {}) {
  const cluster = new Cluster(
    resolveOptions({ brokers: 3, logger: silent, ...options }),
    createMemoryStorage("cluster"),
  );
  await cluster.start();
  const [listener] = cluster.options.listeners as [Listener];
  return {
    cluster,
    nodes: cluster.nodes as readonly [Node, Node, Node],
    connect: (node: Node) => RawClient.connect(node.address(listener)),
    [Symbol.asyncDispose]: () => cluster.close(),
  };
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const assigned = (...assignments: number[][]) => ({ partitions: assignments.length, assignments });

const partitionOf = <P>({ topics }: { topics: readonly { partitions: P[] }[] }) =>
  topics[0]?.partitions[0] as P;

test("Produce with acks=all needs as many replicas in sync as the topic wants", async () => {
  await using lab = await startNodes();
  const { cluster, nodes, connect } = lab;
  const configs = { "min.insync.replicas": "2" };
  cluster.topics.create({ name: "t", ...assigned([0, 1, 2]), configs });
  cluster.topics.create({ name: "lone", ...assigned([0]), configs });
  await using client = await connect(nodes[0]);
  const produce = async (name = "t", acks = -1) => {
    const answer = await client.call("produce", 9, { ...produceOf(["a"], { name }), acks });
    return partitionOf(answer).errorCode;
  };
  const all = await produce();
  await cluster.stopNode(nodes[1]);
  const two = await produce();
  await cluster.stopNode(nodes[2]);
  const one = [await produce(), await produce("t", 1), await produce("lone")];
  await cluster.startNode(nodes[1]);
  expect({ all, two, one, again: await produce() }).toEqual({
    all: errorCodes.NONE,
    two: errorCodes.NONE,
    one: [errorCodes.NOT_ENOUGH_REPLICAS, errorCodes.NONE, errorCodes.NONE],
    again: errorCodes.NONE,
  });
});

test("Fetch that waits is answered when its partition gets another leader", async () => {
  const clock = new ManualClock();
  await using lab = await startNodes({ clock });
  const { cluster, nodes, connect } = lab;
  cluster.topics.create({ name: "t", ...assigned([0, 1]) });
  await using client = await connect(nodes[0]);
  const before = clock.timers;
  const fetched = client.call("fetch", 12, fetchOf({ maxWaitMs: 60_000, currentLeaderEpoch: 0 }));
  await vi.waitUntil(() => clock.timers === before + 1, { interval: 1 });
  cluster.moveLeader("t", 0, 1);
  expect([partitionOf(await fetched).errorCode, clock.timers]).toEqual([
    errorCodes.FENCED_LEADER_EPOCH,
    before,
  ]);
});

test("OffsetForLeaderEpoch tells where each leader's records end", async () => {
  await using lab = await startNodes();
  const { cluster, nodes, connect } = lab;
  cluster.topics.create({ name: "t", ...assigned([0, 1]) });
  await using zero = await connect(nodes[0]);
  await using one = await connect(nodes[1]);
  await zero.call("produce", 9, produceOf(["a", "b"]));
  cluster.moveLeader("t", 0, 1);
  await one.call("produce", 9, produceOf(["c"]));
  const endOf = async (client: RawClient, leaderEpoch: number, currentLeaderEpoch = -1) => {
    const partitions = [{ index: 0, currentLeaderEpoch, leaderEpoch }];
    const answer = await client.call("offsetForLeaderEpoch", 4, {
      topics: [{ name: "t", partitions }],
    });
    const found = partitionOf(answer);
    return [found.errorCode, found.leaderEpoch, found.endOffset];
  };
  expect({
    first: await endOf(one, 0),
    present: await endOf(one, 1),
    future: await endOf(one, 2),
    fenced: await endOf(one, 0, 0),
    follower: await endOf(zero, 0),
  }).toEqual({
    first: [errorCodes.NONE, 0, 2n],
    present: [errorCodes.NONE, 1, 3n],
    future: [errorCodes.NONE, -1, -1n],
    fenced: [errorCodes.FENCED_LEADER_EPOCH, -1, -1n],
    follower: [errorCodes.NOT_LEADER_OR_FOLLOWER, -1, -1n],
  });
});

test("Fetch tells where the log parts from what the client has read", async () => {
  await using lab = await startNodes();
  const { cluster, nodes, connect } = lab;
  cluster.topics.create({ name: "t", ...assigned([0, 1]) });
  await using zero = await connect(nodes[0]);
  await using one = await connect(nodes[1]);
  await zero.call("produce", 9, produceOf(["a", "b"]));
  cluster.moveLeader("t", 0, 1);
  await one.call("produce", 9, produceOf(["c", "d"]));
  const fetch = async (offset: bigint, lastFetchedEpoch: number) => {
    const { topics, ...request } = fetchOf({ offset });
    const wanted = topics.map(({ partitions, ...topic }) => ({
      ...topic,
      partitions: partitions.map((partition) => ({ ...partition, lastFetchedEpoch })),
    }));
    const answered = partitionOf(await one.call("fetch", 12, { ...request, topics: wanted }));
    const { epoch, endOffset } = answered.divergingEpoch;
    return [answered.errorCode, epoch, endOffset, answered.records?.length !== 0];
  };
  expect({
    same: await fetch(2n, 0),
    past: await fetch(3n, 0),
    present: await fetch(5n, 1),
    future: await fetch(2n, 2),
  }).toEqual({
    same: [errorCodes.NONE, -1, -1n, true],
    past: [errorCodes.NONE, 0, 2n, false],
    present: [errorCodes.NONE, 1, 4n, false],
    future: [errorCodes.OFFSET_OUT_OF_RANGE, -1, -1n, false],
  });
});

test("ElectLeaders gives partitions back to their preferred leaders when these run", async () => {
  await using lab = await startNodes();
  const { cluster, nodes, connect } = lab;
  cluster.topics.create({ name: "t", ...assigned([1, 0], [0, 1], [2, 0]) });
  await using client = await connect(nodes[0]);
  const elect = async (partitions: number[] | null, electionType = 0) => {
    const topics = partitions && [{ name: "t", partitions }];
    const answer = await client.call("electLeaders", 2, { electionType, topics, timeoutMs: 1000 });
    return answer.topics.flatMap((topic) =>
      topic.partitions.map((one) => [one.index, one.errorCode]),
    );
  };
  const leaders = () => cluster.topics.get("t")?.partitions.map(({ leader }) => leader);
  await cluster.stopNode(nodes[1]);
  await cluster.stopNode(nodes[2]);
  const moved = leaders();
  const stopped = await elect([0, 1, 2, 3]);
  await cluster.startNode(nodes[1]);
  const started = leaders();
  const all = await elect(null);
  expect({ moved, stopped, started, all, back: leaders(), type: await elect([0], 7) }).toEqual({
    moved: [0, 0, 0],
    stopped: [
      [0, errorCodes.PREFERRED_LEADER_NOT_AVAILABLE],
      [1, errorCodes.ELECTION_NOT_NEEDED],
      [2, errorCodes.PREFERRED_LEADER_NOT_AVAILABLE],
      [3, errorCodes.UNKNOWN_TOPIC_OR_PARTITION],
    ],
    started: [0, 0, 0],
    all: [
      [0, errorCodes.NONE],
      [2, errorCodes.PREFERRED_LEADER_NOT_AVAILABLE],
    ],
    back: [1, 0, 0],
    type: [[0, errorCodes.INVALID_REQUEST]],
  });
});

test("DescribeTopicPartitions goes from page to page, and tells which replicas are offline", async () => {
  await using lab = await startNodes();
  const { cluster, nodes, connect } = lab;
  cluster.topics.create({ name: "b", ...assigned([1]) });
  cluster.topics.create({ name: "a", ...assigned([0, 1], [1, 0], [2, 1]) });
  await cluster.stopNode(nodes[1]);
  await using client = await connect(nodes[0]);
  const pages: unknown[] = [];
  let cursor: { topicName: string; partitionIndex: number } | null = null;
  do {
    const answer: Awaited<ReturnType<typeof ask>> = await ask(cursor);
    pages.push(
      answer.topics.flatMap(({ name, errorCode, partitions }) =>
        partitions.length === 0
          ? [[name, errorCode]]
          : partitions.map((one) => [
              name,
              one.index,
              one.leaderId,
              one.offlineReplicas,
              one.eligibleLeaderReplicas,
            ]),
      ),
    );
    cursor = answer.nextCursor;
  } while (cursor);
  const wrong = await ask({ topicName: "c", partitionIndex: 0 });
  expect([pages, wrong.topics.map(({ errorCode }) => errorCode)]).toEqual([
    [
      [
        ["a", 0, 0, [1], []],
        ["a", 1, 0, [1], []],
      ],
      [
        ["a", 2, 2, [1], []],
        ["b", 0, -1, [1], [1]],
      ],
      [["nope", errorCodes.UNKNOWN_TOPIC_OR_PARTITION]],
    ],
    Array.from({ length: 3 }, () => errorCodes.INVALID_REQUEST),
  ]);

  function ask(from: typeof cursor) {
    const topics = ["nope", "b", "a"].map((name) => ({ name }));
    const request = { topics, responsePartitionLimit: 2, cursor: from };
    return client.call("describeTopicPartitions", 0, request);
  }
});

test("CreateTopics leads new partitions by nodes that run", async () => {
  await using lab = await startNodes();
  const { cluster, nodes, connect } = lab;
  await cluster.stopNode(nodes[0]);
  await using client = await connect(nodes[2]);
  const create = async (name: string, changes: object) => {
    const none = { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
    const topics = [{ name, ...none, ...changes }];
    const answer = await client.call("createTopics", 7, { topics, timeoutMs: 1000 });
    return answer.topics[0]?.errorCode;
  };
  const codes = [
    await create("spread", { numPartitions: 3, replicationFactor: 3 }),
    await create("chosen", { assignments: [{ index: 0, brokerIds: [0, 1] }] }),
    await create("stopped", { assignments: [{ index: 0, brokerIds: [0] }] }),
  ];
  const leaders = [...cluster.topics.topics].map(({ name, partitions }) => [
    name,
    partitions.every(({ leader }) => leader === 1 || leader === 2),
  ]);
  expect([codes, leaders]).toEqual([
    [errorCodes.NONE, errorCodes.NONE, errorCodes.INVALID_REPLICA_ASSIGNMENT],
    [
      ["spread", true],
      ["chosen", true],
    ],
  ]);
});
