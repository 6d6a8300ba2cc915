// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int8, int16, int32, list, string, uuid } from "../schema.ts";

/** Makes topics (KIP-4); the broker's defaults may be asked for from version 4 on (KIP-464). */
export const createTopics = api({
  key: 19,
  versions: [2, 7],
  flexibleSince: 5,
  request: {
    topics: array({
      name: string(),
      numPartitions: int32(),
      replicationFactor: int16(),
      assignments: array({ index: int32(), brokerIds: list(int32()) }),
      configs: array({ name: string(), value: string({ nullable: 2 }) }),
    }),
    timeoutMs: int32({ default: 60000 }),
    validateOnly: boolean({ default: false }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }), // KIP-124
    topics: array({
      name: string(),
      topicId: uuid({ since: 7 }), // KIP-516
      errorCode: int16(),
      errorMessage: string({ nullable: 2, default: null }),
      topicConfigErrorCode: int16({ since: 5, tag: 0 }), // KIP-525
      numPartitions: int32({ since: 5, default: -1 }), // KIP-525
      replicationFactor: int16({ since: 5, default: -1 }), // KIP-525
      // KIP-525
      configs: array(
        {
          name: string(),
          value: string({ nullable: 5 }),
          readOnly: boolean(),
          configSource: int8({ default: -1 }),
          isSensitive: boolean(),
        },
        { since: 5, nullable: 5, default: [] },
      ),
    }),
  },
});

/** Deletes topics with everything in them (KIP-4). */
export const deleteTopics = api({
  key: 20,
  versions: [1, 6],
  flexibleSince: 4,
  request: {
    // KIP-516
    topics: array({ name: string({ nullable: 6, default: null }), topicId: uuid() }, { since: 6 }),
    topicNames: list(string(), { until: 5 }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }), // KIP-124
    topics: array({
      name: string({ nullable: 6 }), // KIP-516
      topicId: uuid({ since: 6 }), // KIP-516
      errorCode: int16(),
      errorMessage: string({ since: 5, nullable: 5, default: null }), // KIP-599
    }),
  },
});

/** Adds partitions to topics (KIP-195). */
export const createPartitions = api({
  key: 37,
  versions: [0, 3],
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
    topics: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0, default: null }),
    }),
  },
});

/** Gives partitions back to their preferred leaders (KIP-183). */
export const electLeaders = api({
  key: 43,
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    electionType: int8({ since: 1 }), // KIP-460
    topics: array({ name: string(), partitions: list(int32()) }, { nullable: 0 }),
    timeoutMs: int32({ default: 60000 }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 1 }), // KIP-460
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      }),
    }),
  },
});
