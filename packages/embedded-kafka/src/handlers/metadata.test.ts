// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { RawClient } from "../raw-client.testing.ts";
import { startBroker } from "../start-broker.ts";

const noId = Buffer.alloc(16);

test("Metadata tells a topic in every version, as far as it has fields for it", async () => {
  await using broker = await startBroker({ brokers: 2, topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const [host, port] = ["127.0.0.1", Number(broker.brokers[1]?.split(":")[1])];
  for (let version = 0; version <= 13; version++) {
    const topics = [{ name: "t", topicId: noId }];
    const answer = await client.call("metadata", version, { topics });
    const topic = answer.topics[0];
    expect({
      version,
      brokers: answer.brokers.slice(1),
      hasClusterId: answer.clusterId !== null,
      controllerId: answer.controllerId,
      errorCode: answer.errorCode,
      topic: { ...topic, topicId: topic?.topicId.equals(noId) },
    }).toEqual({
      version,
      brokers: [{ nodeId: 1, host, port, rack: null }],
      hasClusterId: version >= 2,
      controllerId: version >= 1 ? 0 : -1,
      errorCode: 0,
      topic: {
        errorCode: 0,
        name: "t",
        topicId: version < 10,
        isInternal: false,
        topicAuthorizedOperations: -(2 ** 31),
        partitions: [
          {
            errorCode: 0,
            index: 0,
            leaderId: 0,
            leaderEpoch: version >= 7 ? 0 : -1,
            replicaNodes: [0, 1],
            isrNodes: [0, 1],
            offlineReplicas: [],
          },
        ],
      },
    });
  }
});

test("Metadata tells all topics when it is asked for null, and none when for none", async () => {
  await using broker = await startBroker({ topics: [{ name: "a" }, { name: "b" }] });
  await using client = await RawClient.connect(broker);
  const namesOf = async (version: number, topics: [] | null) =>
    (await client.call("metadata", version, { topics })).topics.map(({ name }) => name);
  expect([await namesOf(0, []), await namesOf(1, []), await namesOf(13, null)]).toEqual([
    ["a", "b"],
    [],
    ["a", "b"],
  ]);
});

test("Metadata finds topics by id, and names what there is no such topic of", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }, { name: "other" }] });
  await using client = await RawClient.connect(broker);
  const known = await client.call("metadata", 12, { topics: [{ name: "t", topicId: noId }] });
  const topicId = known.topics[0]?.topicId ?? noId;
  const unknownId = Buffer.alloc(16, 7);
  const { topics } = await client.call("metadata", 12, {
    topics: [
      { name: null, topicId },
      { name: null, topicId: unknownId },
      { name: "other", topicId: noId },
    ],
  });
  // A name beside ids does not count, as on Kafka.
  expect(topics.map(({ errorCode, name, topicId }) => [errorCode, name, topicId])).toEqual([
    [errorCodes.NONE, "t", topicId],
    [errorCodes.UNKNOWN_TOPIC_ID, null, unknownId],
  ]);
});

test("Metadata refuses ids before version 12, and what has neither a name nor an id", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const answers = [];
  for (const [version, topic] of [
    [10, { name: "t", topicId: Buffer.alloc(16, 7) }],
    [11, { name: null, topicId: noId }],
    [12, { name: null, topicId: noId }],
  ] as const) {
    const { brokers, topics } = await client.call("metadata", version, { topics: [topic] });
    answers.push([brokers.length, topics[0]?.errorCode]);
  }
  const refused = [0, errorCodes.INVALID_REQUEST];
  expect(answers).toEqual([refused, refused, refused]);
});

test("Metadata makes topics as it may: valid names once, none that collides or cannot be stored", async () => {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await using broker = await startBroker({ topics: [{ name: "a.b" }], logger });
  await using client = await RawClient.connect(broker);
  const ask = async (allowAutoTopicCreation: boolean) => {
    const names = ["made", "made", "a_b", "not a name"];
    const topics = names.map((name) => ({ name, topicId: noId }));
    const answer = await client.call("metadata", 12, { topics, allowAutoTopicCreation });
    return answer.topics.map(({ name, errorCode }) => [name, errorCode]);
  };
  const { INVALID_TOPIC_EXCEPTION, UNKNOWN_TOPIC_OR_PARTITION } = errorCodes;
  expect([await ask(false), await ask(true)]).toEqual([
    [
      ["made", UNKNOWN_TOPIC_OR_PARTITION],
      ["a_b", UNKNOWN_TOPIC_OR_PARTITION],
      ["not a name", INVALID_TOPIC_EXCEPTION],
    ],
    [
      ["made", errorCodes.NONE],
      ["a_b", INVALID_TOPIC_EXCEPTION],
      ["not a name", INVALID_TOPIC_EXCEPTION],
    ],
  ]);
});

test("Metadata and DescribeCluster tell which operations are allowed when they are asked", async () => {
  await using broker = await startBroker({ topics: [{ name: "t" }] });
  await using client = await RawClient.connect(broker);
  const { topics, clusterAuthorizedOperations } = await client.call("metadata", 9, {
    topics: [{ name: "t" }],
    includeClusterAuthorizedOperations: true,
    includeTopicAuthorizedOperations: true,
  });
  const cluster = await client.call("describeCluster", 0, {
    includeClusterAuthorizedOperations: true,
  });
  // What Apache Kafka answers where everything is allowed.
  expect([
    topics[0]?.topicAuthorizedOperations,
    clusterAuthorizedOperations,
    cluster.clusterAuthorizedOperations,
  ]).toEqual([3576, 8096, 8096]);
});

test("Metadata and DescribeCluster tell what is missing when a broker is stopped", async () => {
  await using broker = await startBroker({ brokers: 3, topics: [{ name: "t" }] });
  await using stopped = await broker.faults.stop(2);
  await using client = await RawClient.connect(broker);
  const answers = [];
  for (const version of [0, 5]) {
    const { brokers, topics } = await client.call("metadata", version, { topics: [{ name: "t" }] });
    const { errorCode, replicaNodes, isrNodes, offlineReplicas } = topics[0]?.partitions[0] ?? {};
    const ids = brokers.map(({ nodeId }) => nodeId);
    answers.push({ ids, errorCode, replicaNodes, isrNodes, offlineReplicas });
  }
  const brokers = [];
  for (const includeFencedBrokers of [false, true]) {
    const cluster = await client.call("describeCluster", 2, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers,
    });
    brokers.push(cluster.brokers.map(({ brokerId, isFenced }) => [brokerId, isFenced]));
  }
  await stopped.restart();
  const isrNodes = [0, 1];
  expect({ answers, brokers }).toEqual({
    answers: [
      {
        ids: [0, 1],
        errorCode: errorCodes.REPLICA_NOT_AVAILABLE,
        replicaNodes: [0, 1],
        isrNodes,
        offlineReplicas: [],
      },
      { ids: [0, 1], errorCode: 0, replicaNodes: [0, 1, 2], isrNodes, offlineReplicas: [2] },
    ],
    brokers: [
      [
        [0, false],
        [1, false],
      ],
      [
        [0, false],
        [1, false],
        [2, true],
      ],
    ],
  });
});

test("DescribeCluster refuses endpoints that are none of a broker's", async () => {
  await using broker = await startBroker();
  await using client = await RawClient.connect(broker);
  const answers = [];
  for (const endpointType of [2, 9]) {
    const request = { includeClusterAuthorizedOperations: false, endpointType };
    const { errorCode, errorMessage } = await client.call("describeCluster", 1, request);
    answers.push([errorCode, errorMessage]);
  }
  expect(answers).toEqual([
    [
      errorCodes.MISMATCHED_ENDPOINT_TYPE,
      "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
    ],
    [errorCodes.UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type 9"],
  ]);
});
