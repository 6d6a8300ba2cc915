// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Forgets how far a group has come in topics that its members do not consume (KIP-496). */
export const offsetDelete: Handler<"offsetDelete"> = ({ groupId, topics }, context) => {
  const { cluster } = context;
  const errorCode = check(groupId, context);
  if (errorCode !== errorCodes.NONE) return { errorCode, topics: [] };
  const group = cluster.groups.get(groupId);
  const chosen = new Map<string, Set<number>>();
  const answered = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ index }) => {
      if (!cluster.topics.partition(name, index)) {
        return { index, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION };
      }
      if (group?.isSubscribedTo(name)) {
        return { index, errorCode: errorCodes.GROUP_SUBSCRIBED_TO_TOPIC };
      }
      chosen.set(name, (chosen.get(name) ?? new Set()).add(index));
      return { index, errorCode: errorCodes.NONE };
    }),
  }));
  const remove = () => {
    cluster.groups.offsets.remove(
      (offset) =>
        offset.groupId === groupId && chosen.get(offset.topic)?.has(offset.partition) === true,
    );
    return { errorCode: errorCodes.NONE as number, topics: answered };
  };
  return savingGroup(context, groupId, remove, (errorCode) => ({ errorCode, topics: [] }));
};

function check(groupId: string, context: RequestContext): number {
  if (groupId === "") return errorCodes.INVALID_GROUP_ID;
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return errorCode;
  const group = context.cluster.groups.get(groupId);
  return group ? group.checkOffsetDelete() : errorCodes.GROUP_ID_NOT_FOUND;
}
