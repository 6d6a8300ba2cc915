// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, bytes, int8, int16, int32, list, string } from "../schema.ts";

/** Which broker coordinates a group or a transactional id. */
export const findCoordinator = api({
  key: 10,
  versions: [0, 6],
  flexibleSince: 3,
  request: {
    key: string({ until: 3 }),
    keyType: int8({ since: 1, default: 0 }), // KIP-98
    coordinatorKeys: list(string(), { since: 4 }), // KIP-699
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    errorCode: int16({ until: 3 }),
    errorMessage: string({ since: 1, until: 3, nullable: 1, default: null }), // KIP-98
    nodeId: int32({ until: 3 }),
    host: string({ until: 3 }),
    port: int32({ until: 3 }),
    // KIP-699
    coordinators: array(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: 4 }),
      },
      { since: 4 },
    ),
  },
});

/**
 * Enters a group; answered when all its members have, or time is up. From version 4 on a member that
 * has no id is given one first, with which it asks again (KIP-394).
 */
export const joinGroup = api({
  key: 11,
  versions: [0, 9],
  flexibleSince: 6,
  request: {
    groupId: string(),
    sessionTimeoutMs: int32(),
    rebalanceTimeoutMs: int32({ since: 1, default: -1 }), // KIP-62
    memberId: string(),
    groupInstanceId: string({ since: 5, nullable: 5, default: null }), // KIP-345
    protocolType: string(),
    protocols: array({ name: string(), metadata: bytes() }),
    reason: string({ since: 8, nullable: 8, default: null }), // KIP-800
  },
  response: {
    throttleTimeMs: int32({ since: 2, default: 0 }), // KIP-124
    errorCode: int16(),
    generationId: int32({ default: -1 }),
    protocolType: string({ since: 7, nullable: 7, default: null }), // KIP-559
    protocolName: string({ nullable: 7 }), // KIP-559
    leader: string(),
    skipAssignment: boolean({ since: 9, default: false }), // KIP-814
    memberId: string(),
    members: array({
      memberId: string(),
      groupInstanceId: string({ since: 5, nullable: 5, default: null }), // KIP-345
      metadata: bytes(),
    }),
  },
});

/** Hands out the leader's assignment. */
export const syncGroup = api({
  key: 14,
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, default: null }), // KIP-345
    protocolType: string({ since: 5, nullable: 5, default: null }), // KIP-559
    protocolName: string({ since: 5, nullable: 5, default: null }), // KIP-559
    assignments: array({ memberId: string(), assignment: bytes() }),
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    errorCode: int16(),
    protocolType: string({ since: 5, nullable: 5, default: null }), // KIP-559
    protocolName: string({ since: 5, nullable: 5, default: null }), // KIP-559
    assignment: bytes(),
  },
});

/** Says that a member lives; hears whether the group rebalances. */
export const heartbeat = api({
  key: 12,
  versions: [0, 4],
  flexibleSince: 4,
  request: {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ since: 3, nullable: 3, default: null }), // KIP-345
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    errorCode: int16(),
  },
});

/** Leaves a group. */
export const leaveGroup = api({
  key: 13,
  versions: [0, 5],
  flexibleSince: 4,
  request: {
    groupId: string(),
    memberId: string({ until: 2 }),
    // KIP-345
    members: array(
      {
        memberId: string(),
        groupInstanceId: string({ nullable: 3, default: null }),
        reason: string({ since: 5, nullable: 5, default: null }), // KIP-800
      },
      { since: 3 },
    ),
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    errorCode: int16(),
    // KIP-345
    members: array(
      { memberId: string(), groupInstanceId: string({ nullable: 3 }), errorCode: int16() },
      { since: 3 },
    ),
  },
});
