// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int8, int16, int32, list, string, struct, uuid } from "../schema.ts";

/** Brokers, topics and who leads which partition. */
export const metadata = api({
  key: 3,
  versions: [0, 13],
  flexibleSince: 9,
  request: {
    topics: array(
      {
        topicId: uuid({ since: 10 }), // KIP-516
        name: string({ nullable: 10 }), // KIP-516
      },
      { nullable: 1 },
    ),
    allowAutoTopicCreation: boolean({ since: 4, default: true }), // KAFKA-5291
    includeClusterAuthorizedOperations: boolean({ since: 8, until: 10 }), // KIP-430
    includeTopicAuthorizedOperations: boolean({ since: 8 }), // KIP-430
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }), // KIP-124
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullable: 1, default: null }), // KIP-36
    }),
    clusterId: string({ since: 2, nullable: 2, default: null }), // KIP-78
    controllerId: int32({ since: 1, default: -1 }), // KIP-4
    topics: array({
      errorCode: int16(),
      name: string({ nullable: 12 }), // KIP-516
      topicId: uuid({ since: 10 }), // KIP-516
      isInternal: boolean({ since: 1, default: false }), // KIP-4
      partitions: array({
        errorCode: int16(),
        index: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ since: 7, default: -1 }), // KIP-320
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        offlineReplicas: list(int32(), { since: 5 }), // KIP-112
      }),
      topicAuthorizedOperations: int32({ since: 8, default: -(2 ** 31) }), // KIP-430
    }),
    clusterAuthorizedOperations: int32({ since: 8, until: 10, default: -(2 ** 31) }), // KIP-430
    errorCode: int16({ since: 13 }), // KIP-1102
  },
});

/** The brokers alone (KIP-700). */
export const describeCluster = api({
  key: 60,
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    includeClusterAuthorizedOperations: boolean(),
    endpointType: int8({ since: 1, default: 1 }), // KIP-919
    includeFencedBrokers: boolean({ since: 2 }), // KIP-1073
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    endpointType: int8({ since: 1, default: 1 }), // KIP-919
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: 0, default: null }),
      isFenced: boolean({ since: 2 }), // KIP-1073
    }),
    clusterAuthorizedOperations: int32({ default: -(2 ** 31) }),
  },
});

/** Topics and their partitions, page by page (KIP-966). */
export const describeTopicPartitions = api({
  key: 75,
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    topics: array({ name: string() }),
    responsePartitionLimit: int32({ default: 2000 }),
    cursor: struct(
      { topicName: string(), partitionIndex: int32() },
      { nullable: 0, default: null },
    ),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: 0 }),
      topicId: uuid(),
      isInternal: boolean({ default: false }),
      partitions: array({
        errorCode: int16(),
        index: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ default: -1 }),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        eligibleLeaderReplicas: list(int32(), { nullable: 0, default: null }),
        lastKnownElr: list(int32(), { nullable: 0, default: null }),
        offlineReplicas: list(int32()),
      }),
      topicAuthorizedOperations: int32({ default: -(2 ** 31) }),
    }),
    nextCursor: struct(
      { topicName: string(), partitionIndex: int32() },
      { nullable: 0, default: null },
    ),
  },
});
