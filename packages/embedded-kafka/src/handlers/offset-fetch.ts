// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";

type GroupRequest = RequestOf<"offsetFetch">["groups"] extends readonly (infer G)[] ? G : never;

/** The id that stands for none. */
const noId = Buffer.alloc(16);

/** Tells how far groups have come: -1 where one never committed. */
export const offsetFetch: Handler<"offsetFetch"> = (request, context) => {
  const { version } = context;
  const { requireStable } = request;
  if (version >= 8) {
    return { groups: request.groups.map((group) => fetchGroup(group, requireStable, context)) };
  }
  const topics = request.topics?.map((topic) => ({ ...topic, topicId: noId })) ?? null;
  const asked = { groupId: request.groupId, memberId: null, memberEpoch: -1, topics };
  const { errorCode, topics: fetched } = fetchGroup(asked, requireStable, context);
  if (version >= 2 || errorCode === errorCodes.NONE) return { errorCode, topics: fetched };
  // Version 1 has errors with partitions only.
  return {
    topics: (topics ?? []).map((topic) => ({
      name: topic.name,
      partitions: topic.partitions.map((index) => unknownOffset(index, errorCode)),
    })),
  };
};

function fetchGroup(
  { groupId, memberId, memberEpoch, topics }: GroupRequest,
  requireStable: boolean,
  context: RequestContext,
) {
  const { cluster, version } = context;
  const { groups } = cluster;
  const errorCode =
    checkCoordinator(context, "group", groupId) ||
    (groups.get(groupId)?.checkFetch(memberId, memberEpoch) ?? errorCodes.NONE);
  if (errorCode !== errorCodes.NONE) return { groupId, errorCode, topics: [] };
  const byId = version >= 10;
  const asked = topics?.map((topic) => {
    const name = byId ? cluster.topics.byId(topic.topicId)?.name : topic.name;
    return { ...topic, name };
  });
  const all = [...groups.offsets.ofGroup(groupId)].flatMap(([name, partitions]) => {
    const id = cluster.topics.get(name)?.idBytes;
    return id || !byId ? [{ name, topicId: id ?? noId, partitions: [...partitions.keys()] }] : [];
  });
  return {
    groupId,
    errorCode,
    topics: (asked ?? all).map(({ name, topicId, partitions }) => ({
      name: name ?? "",
      topicId,
      partitions: partitions.map((index) => {
        if (name === undefined) return unknownOffset(index, errorCodes.UNKNOWN_TOPIC_ID);
        if (requireStable && groups.offsets.isPending(groupId, name, index)) {
          return unknownOffset(index, errorCodes.UNSTABLE_OFFSET_COMMIT);
        }
        const committed = groups.offsets.get(groupId, name, index);
        if (!committed) return unknownOffset(index, errorCodes.NONE);
        return {
          index,
          committedOffset: committed.offset,
          committedLeaderEpoch: committed.leaderEpoch,
          metadata: committed.metadata,
          errorCode: errorCodes.NONE,
        };
      }),
    })),
  };
}

function unknownOffset(index: number, errorCode: number) {
  return { index, committedOffset: -1n, committedLeaderEpoch: -1, metadata: "", errorCode };
}
