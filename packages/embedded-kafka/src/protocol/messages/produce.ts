// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, bytes, int16, int32, int64, string, struct, uuid } from "../schema.ts";

/**
 * Appends record batches: those of zstd from version 7 on (KIP-110). From version 12 on, one of a
 * transaction adds its partitions to it (KIP-890).
 */
export const produce = api({
  key: 0,
  versions: [3, 13],
  flexibleSince: 9,
  request: {
    transactionalId: string({ nullable: 3, default: null }), // KIP-98
    acks: int16(),
    timeoutMs: int32(),
    topics: array({
      name: string({ until: 12 }),
      topicId: uuid({ since: 13 }), // KIP-516
      partitions: array({ index: int32(), records: bytes({ nullable: 3 }) }),
    }),
  },
  response: {
    topics: array({
      name: string({ until: 12 }),
      topicId: uuid({ since: 13 }), // KIP-516
      partitions: array({
        index: int32(),
        errorCode: int16(),
        baseOffset: int64(),
        logAppendTimeMs: int64({ default: -1n }), // KIP-32
        logStartOffset: int64({ since: 5, default: -1n }), // KIP-192
        // KIP-467
        recordErrors: array(
          {
            batchIndex: int32(),
            batchIndexErrorMessage: string({ nullable: 8, default: null }),
          },
          { since: 8 },
        ),
        errorMessage: string({ since: 8, nullable: 8, default: null }), // KIP-467
        // KIP-951
        currentLeader: struct(
          { leaderId: int32({ default: -1 }), leaderEpoch: int32({ default: -1 }) },
          { since: 10, tag: 0 },
        ),
      }),
    }),
    throttleTimeMs: int32({ default: 0 }), // KIP-13
    // KIP-951
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: 10, default: null }),
      },
      { since: 10, tag: 0 },
    ),
  },
});
