// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { NewOffset } from "../groups/offset-table.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Stores how far a group has come. When it answers, a restart finds it. */
export const offsetCommit: Handler<"offsetCommit"> = (request, context) => {
  const { cluster, version } = context;
  const { groupId, memberId, groupInstanceId, generationId: generation, retentionTimeMs } = request;
  const expiresAtMs =
    retentionTimeMs === -1n ? undefined : cluster.clock.now() + Number(retentionTimeMs);
  const topics = request.topics.map((topic) => {
    const found =
      version >= 10 ? cluster.topics.byId(topic.topicId) : cluster.topics.get(topic.name);
    const unknown =
      version >= 10 && !found ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
    const partitions = topic.partitions.map((partition) => {
      const offset: NewOffset | undefined = found?.partitions[partition.index] && {
        topic: found.name,
        partition: partition.index,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata,
        expiresAtMs,
      };
      return { index: partition.index, offset, errorCode: unknown as number };
    });
    return { name: topic.name, topicId: topic.topicId, partitions };
  });
  const known = topics.flatMap(({ partitions }) => partitions.filter(({ offset }) => offset));
  const offsets = known.map(({ offset }) => offset as NewOffset);
  const committer = { memberId, groupInstanceId, generation, isTransactional: false, version };
  const codes = commit({ groupId, offsets, ...committer }, context);
  for (const [at, partition] of known.entries()) partition.errorCode = codes[at] as number;
  return { topics };
};

function commit(
  asked: Parameters<RequestContext["cluster"]["groups"]["commit"]>[0],
  context: RequestContext,
): number[] {
  const { offsets, groupId } = asked;
  if (offsets.length === 0) return [];
  const allOf = (code: number) => offsets.map(() => code);
  const errorCode = checkCoordinator(context, "group", groupId);
  if (errorCode !== errorCodes.NONE) return allOf(errorCode);
  return savingGroup(context, groupId, () => context.cluster.groups.commit(asked), allOf);
}
