// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, int16, int32, int64, list, string } from "../schema.ts";

/** Producers that wrote to partitions, with their open transactions (KIP-664). */
export const describeProducers = api({
  key: 61,
  versions: [0, 0],
  flexibleSince: 0,
  request: { topics: array({ name: string(), partitions: list(int32()) }) },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0, default: null }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1n }),
          coordinatorEpoch: int32(),
          currentTxnStartOffset: int64({ default: -1n }),
        }),
      }),
    }),
  },
});

/** State of transactional ids (KIP-664). */
export const describeTransactions = api({
  key: 65,
  versions: [0, 0],
  flexibleSince: 0,
  request: { transactionalIds: list(string()) },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    transactionStates: array({
      errorCode: int16(),
      transactionalId: string(),
      transactionState: string(),
      transactionTimeoutMs: int32(),
      transactionStartTimeMs: int64(),
      producerId: int64(),
      producerEpoch: int16(),
      topics: array({ name: string(), partitions: list(int32()) }),
    }),
  },
});

/** All transactional ids (KIP-664). */
export const listTransactions = api({
  key: 66,
  versions: [0, 2],
  flexibleSince: 0,
  request: {
    stateFilters: list(string()),
    producerIdFilters: list(int64()),
    durationFilter: int64({ since: 1, default: -1n }), // KIP-994
    transactionalIdPattern: string({ since: 2, nullable: 2, default: null }), // KIP-1152
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    unknownStateFilters: list(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
});
