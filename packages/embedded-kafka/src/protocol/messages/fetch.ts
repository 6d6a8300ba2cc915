// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import {
  api,
  array,
  bytes,
  int8,
  int16,
  int32,
  int64,
  list,
  string,
  struct,
  uuid,
} from "../schema.ts";

/**
 * Reads record batches; waits for minBytes of them up to maxWaitMs. Before version 10 those of zstd
 * are not given out (KIP-110).
 */
export const fetch = api({
  key: 1,
  versions: [4, 18],
  flexibleSince: 12,
  request: {
    clusterId: string({ since: 12, nullable: 12, tag: 0, default: null }), // KIP-595
    replicaId: int32({ until: 14, default: -1 }),
    // KIP-903
    replicaState: struct(
      { replicaId: int32({ default: -1 }), replicaEpoch: int64({ default: -1n }) },
      { since: 15, tag: 1 },
    ),
    maxWaitMs: int32(),
    minBytes: int32(),
    maxBytes: int32({ default: 0x7fffffff }), // KIP-74
    isolationLevel: int8({ default: 0 }), // KIP-98
    sessionId: int32({ since: 7, default: 0 }), // KIP-227
    sessionEpoch: int32({ since: 7, default: -1 }), // KIP-227
    topics: array({
      name: string({ until: 12 }),
      topicId: uuid({ since: 13 }), // KIP-516
      partitions: array({
        index: int32(),
        currentLeaderEpoch: int32({ since: 9, default: -1 }), // KIP-320
        fetchOffset: int64(),
        lastFetchedEpoch: int32({ since: 12, default: -1 }), // KIP-595
        logStartOffset: int64({ since: 5, default: -1n }), // KIP-107
        maxBytes: int32(),
        replicaDirectoryId: uuid({ since: 17, tag: 0 }), // KIP-853
        highWatermark: int64({ since: 18, tag: 1, default: 9223372036854775807n }), // KIP-1166
      }),
    }),
    // KIP-227
    forgottenTopics: array(
      {
        name: string({ until: 12 }),
        topicId: uuid({ since: 13 }), // KIP-516
        partitions: list(int32()),
      },
      { since: 7 },
    ),
    rackId: string({ since: 11, default: "" }), // KIP-392
  },
  response: {
    throttleTimeMs: int32({ default: 0 }), // KIP-13
    errorCode: int16({ since: 7 }), // KIP-227
    sessionId: int32({ since: 7, default: 0 }), // KIP-227
    topics: array({
      name: string({ until: 12 }),
      topicId: uuid({ since: 13 }), // KIP-516
      partitions: array({
        index: int32(),
        errorCode: int16(),
        highWatermark: int64(),
        lastStableOffset: int64({ default: -1n }), // KIP-98
        logStartOffset: int64({ since: 5, default: -1n }), // KIP-107
        // KIP-595
        divergingEpoch: struct(
          { epoch: int32({ default: -1 }), endOffset: int64({ default: -1n }) },
          { since: 12, tag: 0 },
        ),
        // KIP-595
        currentLeader: struct(
          { leaderId: int32({ default: -1 }), leaderEpoch: int32({ default: -1 }) },
          { since: 12, tag: 1 },
        ),
        // KIP-630
        snapshotId: struct(
          { endOffset: int64({ default: -1n }), epoch: int32({ default: -1 }) },
          { since: 12, tag: 2 },
        ),
        // KIP-98
        abortedTransactions: array(
          { producerId: int64(), firstOffset: int64() },
          { nullable: 4, default: null },
        ),
        preferredReadReplica: int32({ since: 11, default: -1 }), // KIP-392
        records: bytes({ nullable: 4 }),
      }),
    }),
    // KIP-951
    nodeEndpoints: array(
      {
        nodeId: int32(),
        host: string(),
        port: int32(),
        rack: string({ nullable: 16, default: null }),
      },
      { since: 16, tag: 0 },
    ),
  },
});
