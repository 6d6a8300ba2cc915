// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { checkHeartbeat, type HeartbeatAnswer } from "../groups/consumer/heartbeat.ts";
import type { TopicPartitions } from "../groups/consumer/partition-key.ts";
import { isRefusal, type Refusal } from "../groups/consumer/refusal.ts";
import type { RequestOf, ResponseOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Takes a member into a group whose broker assigns partitions (KIP-848), keeps it there or lets it go. */
export const consumerGroupHeartbeat: Handler<"consumerGroupHeartbeat"> = (request, context) => {
  const { cluster, version, clientId, clientHost } = context;
  const { subscribedTopicNames: topicNames, subscribedTopicRegex: topicRegex } = request;
  const owned = request.topicPartitions?.map(ownedOf) ?? null;
  const heartbeat = { ...request, topicNames, topicRegex, owned, clientId, clientHost };
  const problem = checkHeartbeat(heartbeat, version);
  if (problem) return { ...nothing, ...problem };
  const errorCode = checkCoordinator(context, "group", request.groupId);
  if (errorCode !== errorCodes.NONE) return { ...nothing, errorCode };
  return savingGroup(
    context,
    request.groupId,
    () => responseOf(cluster.consumerGroups.heartbeat(heartbeat)),
    (code) => ({ ...nothing, errorCode: code }),
  );
};

function responseOf(answer: HeartbeatAnswer | Refusal): ResponseOf<"consumerGroupHeartbeat"> {
  if (isRefusal(answer)) return { ...nothing, ...answer };
  const { assignment, ...told } = answer;
  return {
    ...told,
    errorCode: errorCodes.NONE,
    assignment: assignment && { topicPartitions: assignment.map(assignedOf) },
  };
}

const nothing = { memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null };

type Owned = NonNullable<RequestOf<"consumerGroupHeartbeat">["topicPartitions"]>[number];

const ownedOf = ({ topicId, partitions }: Owned): TopicPartitions => {
  return { topicId: topicId.toString("base64url"), partitions };
};

const assignedOf = ({ topicId, partitions }: TopicPartitions) => {
  return { topicId: Buffer.from(topicId, "base64url"), partitions: [...partitions] };
};
