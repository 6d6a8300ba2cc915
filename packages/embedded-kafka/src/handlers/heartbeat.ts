// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler } from "./handler.ts";

/** Keeps a session alive. */
export const heartbeat: Handler<"heartbeat"> = (request, context) => {
  const { groupId, memberId, groupInstanceId, generationId } = request;
  if (groupId === "") return { errorCode: errorCodes.INVALID_GROUP_ID };
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return { errorCode };
  const group = context.cluster.groups.getClassic(groupId);
  return {
    errorCode:
      group?.heartbeat(memberId, groupInstanceId, generationId) ?? errorCodes.UNKNOWN_MEMBER_ID,
  };
};
