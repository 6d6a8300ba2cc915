// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int16, int32, int64, list, never, string, uuid } from "../schema.ts";

/** Stores how far a group has come; members of KIP-848's groups do so from version 9 on. */
export const offsetCommit = api({
  key: 8,
  versions: [2, 10],
  flexibleSince: 8,
  request: {
    groupId: string(),
    generationId: int32({ default: -1 }),
    memberId: string(),
    groupInstanceId: string({ since: 7, nullable: 7, default: null }), // KIP-345
    retentionTimeMs: int64({ until: 4, default: -1n }), // Gone with KIP-211.
    topics: array({
      name: string({ until: 9 }),
      topicId: uuid({ since: 10 }), // KIP-848
      partitions: array({
        index: int32(),
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 6, default: -1 }), // KIP-320
        committedMetadata: string({ nullable: 2 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }), // KIP-124
    topics: array({
      name: string({ until: 9 }),
      topicId: uuid({ since: 10 }), // KIP-848
      partitions: array({ index: int32(), errorCode: int16() }),
    }),
  },
});

/** How far a group has come. */
export const offsetFetch = api({
  key: 9,
  versions: [1, 10],
  flexibleSince: 6,
  request: {
    groupId: string({ until: 7 }),
    // KIP-88
    topics: array({ name: string(), partitions: list(int32()) }, { until: 7, nullable: 2 }),
    // KIP-709
    groups: array(
      {
        groupId: string(),
        memberId: string({ since: 9, nullable: 9, default: null }), // KIP-848
        memberEpoch: int32({ since: 9, default: -1 }), // KIP-848
        topics: array(
          {
            name: string({ until: 9 }),
            topicId: uuid({ since: 10 }), // KIP-848
            partitions: list(int32()),
          },
          { nullable: 8 },
        ),
      },
      { since: 8 },
    ),
    requireStable: boolean({ since: 7, default: false }), // KIP-447
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }), // KIP-124
    topics: array(
      {
        name: string(),
        partitions: array({
          index: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ since: 5, default: -1 }), // KIP-320
          metadata: string({ nullable: 1 }),
          errorCode: int16(),
        }),
      },
      { until: 7 },
    ),
    errorCode: int16({ since: 2, until: 7, default: 0 }), // KIP-88
    // KIP-709
    groups: array(
      {
        groupId: string(),
        topics: array({
          name: string({ until: 9 }),
          topicId: uuid({ since: 10 }), // KIP-848
          partitions: array({
            index: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: int32({ default: -1 }),
            metadata: string({ nullable: 8 }),
            errorCode: int16(),
          }),
        }),
        errorCode: int16({ default: 0 }),
      },
      { since: 8 },
    ),
  },
});

/** Forgets how far a group has come (KIP-496). */
export const offsetDelete = api({
  key: 47,
  versions: [0, 0],
  flexibleSince: never,
  request: {
    groupId: string(),
    topics: array({ name: string(), partitions: array({ index: int32() }) }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32({ default: 0 }),
    topics: array({ name: string(), partitions: array({ index: int32(), errorCode: int16() }) }),
  },
});
