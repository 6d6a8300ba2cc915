// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const topic = (changes: object) => ({
  name: "t",
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...changes,
});

const create = async (client: RawClient, topics: ReturnType<typeof topic>[], version = 7) =>
  (await client.call("createTopics", version, { topics, timeoutMs: 1_000 })).topics;

/** Partitions of which a client chooses the nodes. */
const assigned = (...assignments: [index: number, brokerIds: number[]][]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: assignments.map(([index, brokerIds]) => ({ index, brokerIds })),
});

test.each([
  ["an invalid name", { name: "a b" }, errorCodes.INVALID_TOPIC_EXCEPTION],
  ["the longest name", { name: "x".repeat(32_767) }, errorCodes.INVALID_TOPIC_EXCEPTION],
  ["a name that is taken", { name: "there" }, errorCodes.TOPIC_ALREADY_EXISTS],
  ["a name that collides", { name: "a_b" }, errorCodes.INVALID_TOPIC_EXCEPTION],
  ["a name of Kafka's own", { name: "__cluster_metadata" }, errorCodes.INVALID_REQUEST],
  ["more replicas than brokers", { replicationFactor: 3 }, errorCodes.INVALID_REPLICATION_FACTOR],
  ["no replicas", { replicationFactor: 0 }, errorCodes.INVALID_REPLICATION_FACTOR],
  ["no partitions", { numPartitions: 0 }, errorCodes.INVALID_PARTITIONS],
  ["a million partitions", { numPartitions: 1_000_000 }, errorCodes.POLICY_VIOLATION],
  ["an unknown config", { configs: [{ name: "x", value: "1" }] }, errorCodes.INVALID_CONFIG],
  [
    "a config without a value",
    { configs: [{ name: "retention.ms", value: null }] },
    errorCodes.INVALID_CONFIG,
  ],
  ["an unknown broker", assigned([0, [2]]), errorCodes.INVALID_REPLICA_ASSIGNMENT],
  ["a broker twice", assigned([0, [1, 1]]), errorCodes.INVALID_REPLICA_ASSIGNMENT],
  ["no brokers", assigned([0, []]), errorCodes.INVALID_REPLICA_ASSIGNMENT],
  ["a gap", assigned([1, [0]]), errorCodes.INVALID_REPLICA_ASSIGNMENT],
  ["a partition twice", assigned([0, [0]], [0, [1]]), errorCodes.INVALID_REPLICA_ASSIGNMENT],
  ["uneven replicas", assigned([0, [0, 1]], [1, [0]]), errorCodes.INVALID_REPLICA_ASSIGNMENT],
  [
    "numbers and an assignment",
    { assignments: [{ index: 0, brokerIds: [0] }] },
    errorCodes.INVALID_REQUEST,
  ],
])("CreateTopics refuses %s, and says so", async (_, changes, expected) => {
  const topics = [{ name: "there" }, { name: "a.b" }];
  await using broker = await startBroker({ brokers: 2, topics });
  await using client = await RawClient.connect(broker);
  const [refused] = await create(client, [topic(changes)]);
  const { topics: all } = await client.call("metadata", 12, { topics: null });
  expect([refused?.errorCode, refused?.errorMessage, all.length]).toEqual([
    expected,
    expect.stringMatching(/./),
    2,
  ]);
});

test("CreateTopics makes what is asked for, and tells it with its configs and id", async () => {
  await using broker = await startBroker({ brokers: 2, defaultPartitions: 3 });
  await using client = await RawClient.connect(broker);
  const none = { numPartitions: -1, replicationFactor: -1 };
  const configs = [{ name: "retention.ms", value: "5" }];
  const made = await create(client, [
    topic({ name: "defaults", ...none }),
    topic({ name: "assigned", ...assigned([1, [0]], [0, [1]]), configs }),
  ]);
  const { topics } = await client.call("metadata", 12, { topics: null });
  const told = made.map((one) => [
    one.errorCode,
    one.numPartitions,
    one.replicationFactor,
    one.configs?.length,
    one.configs?.filter(({ configSource }) => configSource === 1).map(({ value }) => value),
    topics.find(({ name }) => name === one.name)?.topicId.equals(one.topicId),
  ]);
  const leaders = topics.map(({ partitions }) => partitions.map(({ leaderId }) => leaderId));
  expect({ told, assigned: leaders[1] }).toEqual({
    told: [
      [errorCodes.NONE, 3, 2, 33, [], true],
      [errorCodes.NONE, 2, 1, 33, ["5"], true],
    ],
    assigned: [1, 0],
  });
});

test("CreateTopics only checks when that is asked for, and makes no topic that is named twice", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const checked = await client.call("createTopics", 7, {
    topics: [topic({ name: "checked" })],
    timeoutMs: 1_000,
    validateOnly: true,
  });
  const twice = await create(client, [topic({}), topic({ name: "other" }), topic({})]);
  const { topics } = await client.call("metadata", 12, { topics: null });
  expect([
    checked.topics.map(({ errorCode }) => errorCode),
    twice.map(({ name, errorCode }) => [name, errorCode]),
    topics.map(({ name }) => name),
  ]).toEqual([
    [errorCodes.NONE],
    [
      ["t", errorCodes.INVALID_REQUEST],
      ["other", errorCodes.NONE],
    ],
    ["other"],
  ]);
});

test("CreateTopics says of a config that it changes nothing here", async () => {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await using broker = await startBroker({ logger });
  await using client = await RawClient.connect(broker);
  const configs = ["flush.ms", "retention.ms"].map((name) => ({ name, value: "5" }));
  await create(client, [topic({ configs })], 3);
  expect(logger.warn.mock.calls).toEqual([
    ["Config 'flush.ms' of topic 't' is kept but changes nothing here"],
  ]);
});
