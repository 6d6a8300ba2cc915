// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Takes members out of a group. */
export const leaveGroup: Handler<"leaveGroup"> = (request, context) => {
  const { groupId } = request;
  if (groupId === "") return { errorCode: errorCodes.INVALID_GROUP_ID, members: [] };
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return { errorCode, members: [] };
  const isSingle = context.version < 3; // Before KIP-345 one member left at a time.
  const leaving = isSingle
    ? [{ memberId: request.memberId, groupInstanceId: null, reason: null }]
    : request.members;
  const { groups, consumerGroups } = context.cluster;
  const leave = () =>
    groups.getClassic(groupId)?.leave(leaving) ?? consumerGroups.expel(groupId, leaving);
  const allOf = (code: number) => leaving.map(() => code);
  const codes = savingGroup(context, groupId, leave, allOf) ?? allOf(errorCodes.UNKNOWN_MEMBER_ID);
  const members = leaving.map(({ memberId, groupInstanceId }, at) => ({
    memberId,
    groupInstanceId,
    errorCode: codes[at] as number,
  }));
  return { errorCode: isSingle ? (codes[0] as number) : errorCodes.NONE, members };
};
