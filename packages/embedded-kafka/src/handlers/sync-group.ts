// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { syncError } from "../groups/classic/member.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler } from "./handler.ts";

/** Hands out assignments. */
export const syncGroup: Handler<"syncGroup"> = (request, context) => {
  const { protocolType, protocolName } = request;
  if (context.version >= 5 && (protocolType === null || protocolName === null)) {
    return syncError(errorCodes.INCONSISTENT_GROUP_PROTOCOL);
  }
  if (request.groupId === "") return syncError(errorCodes.INVALID_GROUP_ID);
  const errorCode = checkCoordinator(context, "group", request.groupId);
  if (errorCode !== errorCodes.NONE) return syncError(errorCode);
  const group = context.cluster.groups.getClassic(request.groupId);
  return group ? group.sync(request) : syncError(errorCodes.UNKNOWN_MEMBER_ID);
};
