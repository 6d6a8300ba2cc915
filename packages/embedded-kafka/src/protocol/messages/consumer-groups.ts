// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int8, int16, int32, list, string, struct, uuid } from "../schema.ts";

/**
 * Enters, stays in or leaves a group whose broker assigns partitions (KIP-848). From version 1 on
 * members make their own ids (KIP-1082).
 */
export const consumerGroupHeartbeat = api({
  key: 68,
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    instanceId: string({ nullable: 0, default: null }),
    rackId: string({ nullable: 0, default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    subscribedTopicNames: list(string(), { nullable: 0, default: null }),
    subscribedTopicRegex: string({ since: 1, nullable: 1, default: null }),
    serverAssignor: string({ nullable: 0, default: null }),
    topicPartitions: array(
      { topicId: uuid(), partitions: list(int32()) },
      { nullable: 0, default: null },
    ),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, default: null }),
    memberId: string({ nullable: 0, default: null }),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    assignment: struct(
      { topicPartitions: array({ topicId: uuid(), partitions: list(int32()) }) },
      { nullable: 0, default: null },
    ),
  },
});

/** State and members of such groups (KIP-848). */
export const consumerGroupDescribe = api({
  key: 69,
  versions: [0, 1],
  flexibleSince: 0,
  request: { groupIds: list(string()), includeAuthorizedOperations: boolean() },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    groups: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0, default: null }),
      groupId: string(),
      groupState: string(),
      groupEpoch: int32(),
      assignmentEpoch: int32(),
      assignorName: string(),
      members: array({
        memberId: string(),
        instanceId: string({ nullable: 0, default: null }),
        rackId: string({ nullable: 0, default: null }),
        memberEpoch: int32(),
        clientId: string(),
        clientHost: string(),
        subscribedTopicNames: list(string()),
        subscribedTopicRegex: string({ nullable: 0, default: null }),
        assignment: struct({
          topicPartitions: array({
            topicId: uuid(),
            topicName: string(),
            partitions: list(int32()),
          }),
        }),
        targetAssignment: struct({
          topicPartitions: array({
            topicId: uuid(),
            topicName: string(),
            partitions: list(int32()),
          }),
        }),
        memberType: int8({ since: 1, default: -1 }), // KIP-1099
      }),
      authorizedOperations: int32({ default: -(2 ** 31) }),
    }),
  },
});
