// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka
// (clients/src/main/resources/common/message, Apache-2.0). Only what the versions served have.

import { api, array, boolean, int8, int16, int32, list, string } from "../schema.ts";

/** Brokers, topics and who leads which partition. */
export const metadata = api({
  key: 3,
  minVersion: 0,
  maxVersion: 6,
  flexibleSince: 9,
  request: {
    topics: array({ name: string() }, { nullable: 1 }),
    allowAutoTopicCreation: boolean({ since: 4, default: true }), // KIP-204
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }), // KIP-98
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ since: 1, nullable: 1, default: null }), // KIP-36
    }),
    clusterId: string({ since: 2, nullable: 2 }), // KIP-78
    controllerId: int32({ since: 1 }), // KIP-4
    topics: array({
      errorCode: int16(),
      name: string(),
      isInternal: boolean({ since: 1, default: false }), // KIP-4
      partitions: array({
        errorCode: int16(),
        index: int32(),
        leaderId: int32(),
        replicaNodes: list(int32()),
        isrNodes: list(int32()),
        offlineReplicas: list(int32(), { since: 5, default: [] }), // KIP-112
      }),
    }),
  },
});

/** Makes topics (KIP-4). */
export const createTopics = api({
  key: 19,
  minVersion: 0,
  maxVersion: 3,
  flexibleSince: 5,
  request: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({ index: int32(), brokerIds: list(int32()) }),
      configs: array({ name: string(), value: string({ nullable: 0 }) }),
    }),
    timeoutMs: int32(),
    validateOnly: boolean({ since: 1 }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }),
    topics: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ since: 1, nullable: 1 }),
    }),
  },
});

/** Deletes topics with everything in them (KIP-4). */
export const deleteTopics = api({
  key: 20,
  minVersion: 0,
  maxVersion: 3,
  flexibleSince: 4,
  request: { topicNames: list(string()), timeoutMs: int32() },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    topics: array({ name: string(), errorCode: int16() }),
  },
});

/** Adds partitions to topics (KIP-195). */
export const createPartitions = api({
  key: 37,
  minVersion: 0,
  maxVersion: 1,
  flexibleSince: 2,
  request: {
    topics: array({
      name: string(),
      count: int32(),
      assignments: array({ brokerIds: list(int32()) }, { nullable: 0 }),
    }),
    timeoutMs: int32(),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({ name: string(), errorCode: int16(), errorMessage: string({ nullable: 0 }) }),
  },
});

/** Configuration of topics and of the broker (KIP-133). */
export const describeConfigs = api({
  key: 32,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configNames: list(string(), { nullable: 0 }),
    }),
    includeSynonyms: boolean({ since: 1 }), // KIP-226
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 0 }),
        readOnly: boolean(),
        isDefault: boolean({ until: 0 }),
        source: int8({ since: 1 }), // KIP-226
        isSensitive: boolean({ default: false }),
        synonyms: array(
          { name: string(), value: string({ nullable: 0 }), source: int8() },
          { since: 1, default: [] }, // KIP-226
        ),
      }),
    }),
  },
});
