// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { metadataOf } from "../groups/classic/member.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";

/** READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS by the bits of KIP-430. */
export const groupOperations = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11);

/** Tells state and members of classic groups; any other is "Dead", as on Kafka. */
export const describeGroups: Handler<"describeGroups"> = (request, context) => ({
  groups: request.groups.map((groupId) => {
    const group = describe(groupId, context);
    const asks = request.includeAuthorizedOperations && group.errorCode === errorCodes.NONE;
    return asks ? { ...group, authorizedOperations: groupOperations } : group;
  }),
});

function describe(groupId: string, context: RequestContext) {
  const nothing = { groupId, groupState: "", protocolType: "", protocolData: "", members: [] };
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return { ...nothing, errorCode };
  const group = context.cluster.groups.getClassic(groupId);
  if (!group) {
    const dead = { ...nothing, groupState: "Dead", errorCode: errorCodes.NONE };
    if (context.version < 6) return dead;
    const isOther = context.cluster.groups.get(groupId) !== undefined;
    const errorMessage = `Group ${groupId} ${isOther ? "is not a classic group" : "not found"}.`;
    return { ...dead, errorCode: errorCodes.GROUP_ID_NOT_FOUND, errorMessage };
  }
  const isStable = group.state === "Stable";
  return {
    errorCode,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType,
    protocolData: isStable ? group.protocolName : "",
    members: [...group.members].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: `/${member.clientHost}`, // Java writes addresses so, and clients expect it.
      memberMetadata: isStable ? metadataOf(member, group.protocolName) : Buffer.alloc(0),
      memberAssignment: member.assignment,
    })),
  };
}
