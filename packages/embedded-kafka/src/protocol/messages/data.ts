// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka
// (clients/src/main/resources/common/message, Apache-2.0). Only what the versions served have.

import { api, array, bytes, int8, int16, int32, int64, list, string } from "../schema.ts";

/** Appends record batches. Version 3 brought record batches v2 (KIP-98); older ones are refused. */
export const produce = api({
  key: 0,
  minVersion: 3,
  maxVersion: 7,
  flexibleSince: 9,
  request: {
    transactionalId: string({ since: 3, nullable: 3 }), // KIP-98
    acks: int16(),
    timeoutMs: int32(),
    topics: array({
      name: string(),
      partitions: array({ index: int32(), records: bytes({ nullable: 0 }) }),
    }),
  },
  response: {
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ since: 2, default: -1n }), // KIP-32
        logStartOffset: int64({ since: 5, default: -1n }), // KIP-107
      }),
    }),
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-13
  },
});

/** Reads record batches; waits for minBytes of them up to maxWaitMs. */
export const fetch = api({
  key: 1,
  minVersion: 4,
  maxVersion: 11,
  flexibleSince: 12,
  request: {
    replicaId: int32(),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ since: 3, default: 0x7fffffff }), // KIP-74
    isolationLevel: int8({ since: 4 }), // KIP-98
    sessionId: int32({ since: 7 }), // KIP-227
    sessionEpoch: int32({ since: 7, default: -1 }), // KIP-227
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1 }), // KIP-320
        fetchOffset: int64(),
        logStartOffset: int64({ since: 5, default: -1n }), // KIP-107
        maxBytes: int32(),
      }),
    }),
    forgottenTopics: array({ name: string(), partitions: list(int32()) }, { since: 7 }), // KIP-227
    rackId: string({ since: 11 }), // KIP-392
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-13
    errorCode: int16({ since: 7 }), // KIP-227
    sessionId: int32({ since: 7, default: 0 }), // KIP-227
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ since: 4, default: -1n }), // KIP-98
        logStartOffset: int64({ since: 5, default: -1n }), // KIP-107
        abortedTransactions: array(
          { producerId: int64(), firstOffset: int64() },
          { since: 4, nullable: 4, default: null }, // KIP-98
        ),
        preferredReadReplica: int32({ since: 11, default: -1 }), // KIP-392
        records: bytes({ nullable: 0 }),
      }),
    }),
  },
});

/** The first or last offset of partitions, or the first at or after a time. */
export const listOffsets = api({
  key: 2,
  minVersion: 1, // KIP-79; before it an answer was a list of segments' offsets.
  maxVersion: 3,
  flexibleSince: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }), // KIP-98
    topics: array({
      name: string(),
      partitions: array({ index: int32(), timestamp: int64() }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }), // KIP-98
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        timestamp: int64({ since: 1 }), // KIP-79
        offset: int64({ since: 1 }), // KIP-79
      }),
    }),
  },
});

/** A producer id for an idempotent producer (KIP-98). */
export const initProducerId = api({
  key: 22,
  minVersion: 0,
  maxVersion: 1,
  flexibleSince: 2,
  request: {
    transactionalId: string({ nullable: 0 }),
    transactionTimeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    producerId: int64(),
    producerEpoch: int16(),
  },
});
