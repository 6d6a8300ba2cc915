// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, bytes, int16, int32, list, string } from "../schema.ts";

/** State and members of groups. From version 6 on one that does not exist is an error (KIP-1043). */
export const describeGroups = api({
  key: 15,
  versions: [0, 6],
  flexibleSince: 5,
  request: {
    groups: list(string()),
    includeAuthorizedOperations: boolean({ since: 3 }), // KIP-430
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    groups: array({
      errorCode: int16(),
      errorMessage: string({ since: 6, nullable: 6, default: null }), // KIP-1043
      groupId: string(),
      groupState: string(),
      protocolType: string(),
      protocolData: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ since: 4, nullable: 4, default: null }), // KIP-345
        clientId: string(),
        clientHost: string(),
        memberMetadata: bytes(),
        memberAssignment: bytes(),
      }),
      authorizedOperations: int32({ since: 3, default: -(2 ** 31) }), // KIP-430
    }),
  },
});

/** All groups. */
export const listGroups = api({
  key: 16,
  versions: [0, 5],
  flexibleSince: 3,
  request: {
    statesFilter: list(string(), { since: 4 }), // KIP-518
    typesFilter: list(string(), { since: 5 }), // KIP-848
  },
  response: {
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ since: 4 }), // KIP-518
      groupType: string({ since: 5 }), // KIP-848
    }),
  },
});

/** Deletes empty groups with their offsets (KIP-229). */
export const deleteGroups = api({
  key: 42,
  versions: [0, 2],
  flexibleSince: 2,
  request: { groupNames: list(string()) },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({ groupId: string(), errorCode: int16() }),
  },
});
