// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int16, int32, int64, list, string } from "../schema.ts";

/**
 * A producer id for an idempotent or transactional producer (KIP-98). Before version 4 one that is
 * fenced is told INVALID_PRODUCER_EPOCH, as by the requests below before version 2 (KIP-588).
 */
export const initProducerId = api({
  key: 22,
  versions: [0, 5],
  flexibleSince: 2,
  request: {
    transactionalId: string({ nullable: 0 }),
    transactionTimeoutMs: int32(),
    producerId: int64({ since: 3, default: -1n }), // KIP-360
    producerEpoch: int16({ since: 3, default: -1 }), // KIP-360
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64({ default: -1n }),
    producerEpoch: int16(),
  },
});

/** Adds partitions to a transaction (KIP-98). */
export const addPartitionsToTxn = api({
  key: 24,
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    // KIP-890
    transactions: array(
      {
        transactionalId: string(),
        producerId: int64(),
        producerEpoch: int16(),
        verifyOnly: boolean({ default: false }),
        topics: array({ name: string(), partitions: list(int32()) }),
      },
      { since: 4 },
    ),
    v3AndBelowTransactionalId: string({ until: 3 }),
    v3AndBelowProducerId: int64({ until: 3 }),
    v3AndBelowProducerEpoch: int16({ until: 3 }),
    v3AndBelowTopics: array({ name: string(), partitions: list(int32()) }, { until: 3 }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 4 }), // KIP-890
    // KIP-890
    resultsByTransaction: array(
      {
        transactionalId: string(),
        topicResults: array({
          name: string(),
          resultsByPartition: array({ index: int32(), partitionErrorCode: int16() }),
        }),
      },
      { since: 4 },
    ),
    resultsByTopicV3AndBelow: array(
      {
        name: string(),
        resultsByPartition: array({ index: int32(), partitionErrorCode: int16() }),
      },
      { until: 3 },
    ),
  },
});

/** Adds a group's offsets to a transaction (KIP-98). */
export const addOffsetsToTxn = api({
  key: 25,
  versions: [0, 4],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
  response: { throttleTimeMs: int32({ default: 0 }), errorCode: int16() },
});

/**
 * Stores how far a group has come once the transaction is committed (KIP-98). From version 5 on it
 * adds the group's offsets to the transaction (KIP-890).
 */
export const txnOffsetCommit = api({
  key: 28,
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ since: 3, default: -1 }), // KIP-447
    memberId: string({ since: 3, default: "" }), // KIP-447
    groupInstanceId: string({ since: 3, nullable: 3, default: null }), // KIP-447
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 2, default: -1 }), // KIP-320
        committedMetadata: string({ nullable: 0 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({ name: string(), partitions: array({ index: int32(), errorCode: int16() }) }),
  },
});

/** Commits or aborts a transaction (KIP-98). From version 5 on each has an epoch of its own (KIP-890). */
export const endTxn = api({
  key: 26,
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: boolean(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64({ since: 5, default: -1n }), // KIP-890
    producerEpoch: int16({ since: 5, default: -1 }), // KIP-890
  },
});
