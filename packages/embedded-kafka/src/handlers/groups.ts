// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { Group } from "../groups/group.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/** Kafka's group.max.session.timeout.ms. */
const maxSessionTimeoutMs = 1_800_000;

/** Enters a group. */
export const joinGroup: Handler<"joinGroup"> = (request, context) => {
  const { cluster, clientId, clientHost, version } = context;
  const { groupId, memberId, sessionTimeoutMs } = request;
  const refused = (errorCode: number) => ({
    errorCode,
    generationId: -1,
    protocolName: "",
    leader: "",
    memberId,
    members: [],
  });
  if (groupId === "") return refused(errorCodes.INVALID_GROUP_ID);
  if (
    sessionTimeoutMs < cluster.options.minSessionTimeoutMs ||
    sessionTimeoutMs > maxSessionTimeoutMs
  ) {
    return refused(errorCodes.INVALID_SESSION_TIMEOUT);
  }
  if (memberId !== "" && !cluster.groups.get(groupId)) return refused(errorCodes.UNKNOWN_MEMBER_ID);
  return cluster.groups.getOrCreate(groupId).join(
    {
      memberId,
      clientId,
      clientHost,
      sessionTimeoutMs,
      // Before version 1 the session timeout was both (KIP-62).
      rebalanceTimeoutMs: version === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      // Copied, since what was read shares memory with whatever else the socket brought.
      protocols: request.protocols.map(({ name, metadata }) => ({
        name,
        metadata: Buffer.from(metadata),
      })),
      requiresKnownId: version >= 4,
    },
    () => `${clientId}-${randomUUID()}`,
  );
};

/** Hands out assignments. */
export const syncGroup: Handler<"syncGroup"> = (request, { cluster }) => {
  const { groupId, memberId, generationId, assignments } = request;
  const group = cluster.groups.get(groupId);
  if (!group) return { errorCode: errorCodes.UNKNOWN_MEMBER_ID, assignment: Buffer.alloc(0) };
  return group.sync(memberId, generationId, assignments);
};

/** Keeps a session alive. */
export const heartbeat: Handler<"heartbeat"> = (request, { cluster }) => ({
  errorCode:
    cluster.groups.get(request.groupId)?.heartbeat(request.memberId, request.generationId) ??
    errorCodes.UNKNOWN_MEMBER_ID,
});

/** Leaves a group. */
export const leaveGroup: Handler<"leaveGroup"> = (request, { cluster }) => ({
  errorCode:
    cluster.groups.get(request.groupId)?.leave(request.memberId) ?? errorCodes.UNKNOWN_MEMBER_ID,
});

/** Tells state and members of groups; one that does not exist is "Dead", as on Kafka. */
export const describeGroups: Handler<"describeGroups"> = (request, { cluster }) => ({
  groups: request.groups.map((groupId) => describe(groupId, cluster.groups.get(groupId))),
});

/** Tells all groups. */
export const listGroups: Handler<"listGroups"> = (_request, { cluster }) => ({
  errorCode: errorCodes.NONE,
  groups: [...cluster.groups.groups].map(({ id, protocolType }) => ({ groupId: id, protocolType })),
});

/** Deletes groups that have no members. */
export const deleteGroups: Handler<"deleteGroups"> = (request, { cluster }) => ({
  results: request.groupNames.map((groupId) => ({
    groupId,
    errorCode: cluster.groups.delete(groupId),
  })),
});

function describe(groupId: string, group: Group | undefined) {
  const isStable = group?.state === "Stable";
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState: group?.state ?? "Dead",
    protocolType: group?.protocolType ?? "",
    protocolData: isStable ? group.protocolName : "",
    members: [...(group?.members.values() ?? [])].map((member) => ({
      memberId: member.id,
      clientId: member.clientId,
      clientHost: `/${member.clientHost}`, // Java writes addresses so, and clients expect it.
      memberMetadata: group && isStable ? group.metadataOf(member) : Buffer.alloc(0),
      memberAssignment: isStable ? member.assignment : Buffer.alloc(0),
    })),
  };
}
