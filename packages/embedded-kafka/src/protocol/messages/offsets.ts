// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, int8, int16, int32, int64, string } from "../schema.ts";

/**
 * The first or last offset of partitions, or the first at or after a time. Negative times ask for
 * special offsets: more of them since version 7 (KIP-734), 8 (KIP-405), 9 (KIP-1005) and 11 (KIP-1023).
 */
export const listOffsets = api({
  key: 2,
  versions: [1, 11],
  flexibleSince: 6,
  request: {
    replicaId: int32(),
    isolationLevel: int8({ since: 2 }), // KIP-98
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        currentLeaderEpoch: int32({ since: 4, default: -1 }), // KIP-320
        timestamp: int64(),
      }),
    }),
    timeoutMs: int32({ since: 10 }), // KIP-1075
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }), // KIP-124
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        errorCode: int16(),
        timestamp: int64({ default: -1n }), // KIP-79
        offset: int64({ default: -1n }), // KIP-79
        leaderEpoch: int32({ since: 4, default: -1 }), // KIP-320
      }),
    }),
  },
});

/** Where a leader epoch ended (KIP-101). */
export const offsetForLeaderEpoch = api({
  key: 23,
  versions: [2, 4],
  flexibleSince: 4,
  request: {
    replicaId: int32({ since: 3, default: -2 }), // KIP-392
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        currentLeaderEpoch: int32({ default: -1 }), // KIP-320
        leaderEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }), // KIP-124
    topics: array({
      name: string(),
      partitions: array({
        errorCode: int16(),
        index: int32(),
        leaderEpoch: int32({ default: -1 }), // KIP-279
        endOffset: int64({ default: -1n }),
      }),
    }),
  },
});

/** Deletes what lies before an offset (KIP-107). */
export const deleteRecords = api({
  key: 21,
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    topics: array({ name: string(), partitions: array({ index: int32(), offset: int64() }) }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    topics: array({
      name: string(),
      partitions: array({ index: int32(), lowWatermark: int64(), errorCode: int16() }),
    }),
  },
});
