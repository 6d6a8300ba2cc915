// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler } from "./handler.ts";

/** Deletes groups that have no members, with their offsets. */
export const deleteGroups: Handler<"deleteGroups"> = (request, context) => ({
  results: [...new Set(request.groupNames)].map((groupId) => {
    const errorCode = checkCoordinator(context, "group", groupId);
    const isHere = errorCode === errorCodes.NONE;
    return { groupId, errorCode: isHere ? context.cluster.groups.delete(groupId) : errorCode };
  }),
});
