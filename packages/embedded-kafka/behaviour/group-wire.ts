// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Requests of a group's members and of those who look at groups, as in wire.ts.

import type { RawClient } from "../src/raw-client.testing.ts";
import { errorName, only, until } from "./wire.ts";

/** Who asks: a member of a group, as it was told. */
export interface Membership {
  group: string;
  memberId?: string;
  instanceId?: string | null;
  generation?: number;
}

export interface JoinOptions extends Membership {
  sessionTimeoutMs?: number;
  rebalanceTimeoutMs?: number;
  protocolType?: string;
  /** Metadata by the names of protocols, the preferred first. Default: one named "range". */
  protocols?: Record<string, string>;
  version?: number;
}

/** Joins a group as asked: a member without an id is told one first (KIP-394). */
export async function join(client: RawClient, options: JoinOptions) {
  const { protocols = { range: "" }, version = 9 } = options;
  const answer = await client.call("joinGroup", version, {
    groupId: options.group,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 30_000,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 30_000,
    memberId: options.memberId ?? "",
    groupInstanceId: options.instanceId ?? null,
    protocolType: options.protocolType ?? "consumer",
    protocols: Object.entries(protocols).map(([name, metadata]) => ({
      name,
      metadata: Buffer.from(metadata),
    })),
  });
  return {
    error: errorName(answer.errorCode),
    memberId: answer.memberId,
    generation: answer.generationId,
    protocol: answer.protocolName,
    leader: answer.leader,
    skipsAssignment: answer.skipAssignment,
    members: answer.members
      .map(({ memberId, metadata }) => ({ memberId, metadata: metadata.toString() }))
      .sort((a, b) => a.memberId.localeCompare(b.memberId)),
  };
}

/** Joins a group for the first time, in both steps. */
export async function enter(client: RawClient, options: JoinOptions) {
  const first = await join(client, options);
  if (first.error !== "MEMBER_ID_REQUIRED") return first;
  return join(client, { ...options, memberId: first.memberId });
}

/** Hands out assignments, as the group's leader does, or asks for one's own. */
export async function sync(
  client: RawClient,
  member: Membership,
  assignments: Record<string, string> = {},
  protocol: string | null = "range",
) {
  const answer = await client.call("syncGroup", 5, {
    groupId: member.group,
    generationId: member.generation ?? -1,
    memberId: member.memberId ?? "",
    groupInstanceId: member.instanceId ?? null,
    protocolType: "consumer",
    protocolName: protocol,
    assignments: Object.entries(assignments).map(([memberId, assignment]) => ({
      memberId,
      assignment: Buffer.from(assignment),
    })),
  });
  return { error: errorName(answer.errorCode), assignment: answer.assignment.toString() };
}

/** A member that is alone in its group and has its assignment. */
export async function enterAlone(client: RawClient, options: JoinOptions) {
  const { memberId, generation, error } = await enter(client, options);
  if (error !== "NONE") throw new Error(`Cannot join '${options.group}': ${error}`);
  const member = { ...options, memberId, generation };
  await sync(client, member, { [memberId]: "all" });
  return member;
}

export async function heartbeat(client: RawClient, member: Membership) {
  const answer = await client.call("heartbeat", 4, {
    groupId: member.group,
    generationId: member.generation ?? -1,
    memberId: member.memberId ?? "",
    groupInstanceId: member.instanceId ?? null,
  });
  return errorName(answer.errorCode);
}

export async function leave(client: RawClient, member: Membership) {
  const { errorCode, members } = await client.call("leaveGroup", 5, {
    groupId: member.group,
    members: [{ memberId: member.memberId ?? "", groupInstanceId: member.instanceId ?? null }],
  });
  return errorCode === 0 ? errorName(only(members).errorCode) : errorName(errorCode);
}

/** What is known of a group. */
export async function describeGroup(client: RawClient, group: string) {
  const { groups } = await client.call("describeGroups", 5, { groups: [group] });
  const { errorCode, groupState, protocolType, protocolData, members } = only(groups);
  return {
    error: errorName(errorCode),
    state: groupState,
    protocolType,
    protocol: protocolData,
    members: members.map(({ memberId, groupInstanceId, memberAssignment, memberMetadata }) => ({
      memberId,
      instanceId: groupInstanceId,
      metadata: memberMetadata.toString(),
      assignment: memberAssignment.toString(),
    })),
  };
}

/** Waits for a group to be in a state. */
export function groupIn(client: RawClient, group: string, state: string) {
  return until(
    () => describeGroup(client, group),
    (described) => described.state === state,
  );
}

export async function deleteGroup(client: RawClient, group: string) {
  const { results } = await client.call("deleteGroups", 2, { groupNames: [group] });
  return errorName(only(results).errorCode);
}

export interface CommitOptions extends Membership {
  partition?: number;
  metadata?: string | null;
  leaderEpoch?: number;
}

/** Commits one offset; without a member as a client does that assigns partitions itself. */
export async function commit(
  client: RawClient,
  options: CommitOptions,
  topic: string,
  offset: number,
) {
  const { topics } = await client.call("offsetCommit", 8, {
    groupId: options.group,
    generationId: options.generation ?? -1,
    memberId: options.memberId ?? "",
    groupInstanceId: options.instanceId ?? null,
    topics: [
      {
        name: topic,
        partitions: [
          {
            index: options.partition ?? 0,
            committedOffset: BigInt(offset),
            committedLeaderEpoch: options.leaderEpoch ?? -1,
            committedMetadata: options.metadata ?? null,
          },
        ],
      },
    ],
  });
  return errorName(only(only(topics).partitions).errorCode);
}

/** Answers of brokers that have not heard yet that they coordinate, or know not yet what. */
export const unsettled: ReadonlySet<string> = new Set([
  "NOT_COORDINATOR",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "COORDINATOR_NOT_AVAILABLE",
]);

/** The committed offset of a partition; -1 when there is none. */
export async function committed(
  client: RawClient,
  group: string,
  topic: string,
  { partition = 0, requireStable = false } = {},
) {
  const asked = {
    groups: [{ groupId: group, topics: [{ name: topic, partitions: [partition] }] }],
    requireStable,
  };
  const { errorCode, topics } = await until(
    async () => only((await client.call("offsetFetch", 8, asked)).groups),
    (answer) => !unsettled.has(errorName(answer.errorCode)),
  );
  if (errorCode !== 0) throw new Error(`Cannot fetch offsets: ${errorName(errorCode)}`);
  const answer = only(only(topics).partitions);
  return {
    error: errorName(answer.errorCode),
    offset: Number(answer.committedOffset),
    leaderEpoch: answer.committedLeaderEpoch,
    metadata: answer.metadata,
  };
}
