// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../../protocol/error-codes.ts";
import { assignors } from "./assignor.ts";
import { awayEpoch } from "./consumer-member.ts";
import type { TopicPartitions } from "./partition-key.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** What a member tells of itself; null and -1 stand for what has not changed. */
export interface Heartbeat {
  readonly groupId: string;
  readonly memberId: string;
  /** 0 to enter, -1 to leave, -2 to leave for a while as a static member. */
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly topicNames: readonly string[] | null;
  readonly topicRegex: string | null;
  readonly serverAssignor: string | null;
  /** What it consumes. */
  readonly owned: readonly TopicPartitions[] | null;
  readonly clientId: string;
  readonly clientHost: string;
}

/** What a member is told. */
export interface HeartbeatAnswer {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** All that it may consume; null when that has not changed. */
  readonly assignment: readonly TopicPartitions[] | null;
}

/** Epoch of a member that leaves. */
export const leaveEpoch = -1;

/**
 * What is wrong with a heartbeat, whatever the group; undefined when nothing is. Before version 1 of
 * the request a member may enter without an id, and is given one.
 */
export function checkHeartbeat(heartbeat: Heartbeat, version: number): Refusal | undefined {
  const { memberEpoch, memberId, serverAssignor } = heartbeat;
  const needsId = version >= 1 || memberEpoch > 0 || memberEpoch === leaveEpoch;
  if (needsId && memberId === "") return invalid("MemberId can't be empty.");
  if (heartbeat.groupId === "") return invalid("GroupId can't be empty.");
  if (heartbeat.instanceId === "") return invalid("InstanceId can't be empty.");
  if (heartbeat.rackId === "") return invalid("RackId can't be empty.");
  if (memberEpoch < awayEpoch) return invalid("MemberEpoch is invalid.");
  if (memberEpoch === awayEpoch && heartbeat.instanceId === null) {
    return invalid("InstanceId can't be null.");
  }
  const problem = memberEpoch === 0 ? checkEntry(heartbeat) : undefined;
  if (problem) return invalid(problem);
  if (serverAssignor === null || assignors.has(serverAssignor)) return undefined;
  const known = [...assignors.keys()].join(", ");
  return refusal(
    errorCodes.UNSUPPORTED_ASSIGNOR,
    `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${known}.`,
  );
}

function checkEntry(heartbeat: Heartbeat): string | undefined {
  if (heartbeat.rebalanceTimeoutMs === -1) {
    return "RebalanceTimeoutMs must be provided in first request.";
  }
  if (heartbeat.owned === null || heartbeat.owned.length > 0) {
    return "TopicPartitions must be empty when (re-)joining.";
  }
  return heartbeat.topicNames === null && heartbeat.topicRegex === null
    ? "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining."
    : undefined;
}

function invalid(message: string): Refusal {
  return refusal(errorCodes.INVALID_REQUEST, message);
}
