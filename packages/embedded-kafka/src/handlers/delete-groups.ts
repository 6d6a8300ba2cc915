// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Deletes groups that have no members, with their offsets. */
export const deleteGroups: Handler<"deleteGroups"> = (request, context) => ({
  results: [...new Set(request.groupNames)].map((groupId) => {
    return { groupId, errorCode: remove(groupId, context) };
  }),
});

function remove(groupId: string, context: RequestContext): number {
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return errorCode;
  const { groups } = context.cluster;
  return savingGroup(
    context,
    groupId,
    () => groups.delete(groupId),
    (code) => code,
  );
}
