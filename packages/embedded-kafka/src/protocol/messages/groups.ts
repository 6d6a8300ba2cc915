// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka
// (clients/src/main/resources/common/message, Apache-2.0). Only what the versions served have.
// Versions that carry a group.instance.id are not served: static members (KIP-345) are not here.

import { api, array, bytes, int8, int16, int32, int64, list, string } from "../schema.ts";

/** Where a group's coordinator is. */
export const findCoordinator = api({
  key: 10,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 3,
  request: {
    key: string(),
    keyType: int8({ since: 1 }), // KIP-98: 0 for a group, 1 for a transaction
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    errorMessage: string({ since: 1, nullable: 1, default: null }), // KIP-98
    nodeId: int32(),
    host: string(),
    port: int32(),
  },
});

/** Enters a group; answered when all its members have, or time is up. */
export const joinGroup = api({
  key: 11,
  minVersion: 0,
  maxVersion: 4, // Version 4 has no field of its own: it asks for KIP-394's member ids.
  flexibleSince: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, default: -1 }), // KIP-62
    memberId: string(),
    protocolType: string(),
    protocols: array({ name: string(), metadata: bytes() }),
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }),
    errorCode: int16(),
    generationId: int32(),
    protocolName: string(),
    leader: string(),
    memberId: string(),
    members: array({ memberId: string(), metadata: bytes() }),
  },
});

/** Hands out the leader's assignment. */
export const syncGroup = api({
  key: 14,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    assignments: array({ memberId: string(), assignment: bytes() }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    assignment: bytes(),
  },
});

/** Says that a member lives; hears whether the group rebalances. */
export const heartbeat = api({
  key: 12,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 4,
  request: { groupId: string(), generationId: int32(), memberId: string() },
  response: { throttleTimeMs: int32({ since: 1, default: 0 }), errorCode: int16() },
});

/** Leaves a group. */
export const leaveGroup = api({
  key: 13,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 4,
  request: { groupId: string(), memberId: string() },
  response: { throttleTimeMs: int32({ since: 1, default: 0 }), errorCode: int16() },
});

/** Stores how far a group has come. Versions 0 and 1 stored it elsewhere and are gone in Kafka 4. */
export const offsetCommit = api({
  key: 8,
  minVersion: 2,
  maxVersion: 5,
  flexibleSince: 8,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    retentionTimeMs: int64({ since: 2, until: 4, default: -1n }), // Gone with KIP-211.
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        committedOffset: int64(),
        committedMetadata: string({ nullable: 0 }),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: array({
      name: string(),
      partitions: array({ index: int32(), errorCode: int16() }),
    }),
  },
});

/** How far a group has come. */
export const offsetFetch = api({
  key: 9,
  minVersion: 1,
  maxVersion: 4,
  flexibleSince: 6,
  request: {
    groupId: string(),
    topics: array({ name: string(), partitions: list(int32()) }, { nullable: 2 }), // KIP-88
  },
  response: {
    throttleTimeMs: int32({ since: 3, default: 0 }),
    topics: array({
      name: string(),
      partitions: array({
        index: int32(),
        committedOffset: int64(),
        metadata: string({ nullable: 0 }),
        errorCode: int16(),
      }),
    }),
    errorCode: int16({ since: 2 }), // KIP-88
  },
});

/** State and members of groups. */
export const describeGroups = api({
  key: 15,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 5,
  request: { groups: list(string()) },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    groups: array({
      errorCode: int16(),
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
    }),
  },
});

/** All groups. */
export const listGroups = api({
  key: 16,
  minVersion: 0,
  maxVersion: 2,
  flexibleSince: 3,
  request: {},
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }),
    errorCode: int16(),
    groups: array({ groupId: string(), protocolType: string() }),
  },
});

/** Deletes empty groups with their offsets (KIP-229). */
export const deleteGroups = api({
  key: 42,
  minVersion: 0,
  maxVersion: 1,
  flexibleSince: 2,
  request: { groupNames: list(string()) },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({ groupId: string(), errorCode: int16() }),
  },
});
