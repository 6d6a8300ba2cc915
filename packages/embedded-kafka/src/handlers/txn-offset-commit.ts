// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { NewOffset } from "../groups/offset-table.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { admitGroup } from "../transactions/admit.ts";
import { checkCoordinator, type Handler, type RequestContext } from "./handler.ts";
import { savingGroup } from "./saving-group.ts";

/** Keeps offsets of a group that are committed when the transaction is. */
export const txnOffsetCommit: Handler<"txnOffsetCommit"> = (request, context) => {
  const { cluster } = context;
  const offsets = request.topics.flatMap(({ name: topic, partitions }) =>
    partitions.map(({ index, committedOffset, committedLeaderEpoch, committedMetadata }) => ({
      topic,
      partition: index,
      offset: committedOffset,
      leaderEpoch: committedLeaderEpoch,
      metadata: committedMetadata,
    })),
  );
  const known = offsets.filter(({ topic, partition }) =>
    cluster.topics.partition(topic, partition),
  );
  const codes = commit(known, request, context);
  const codeOf = new Map(known.map((offset, at) => [offset, codes[at] as number]));
  let at = 0;
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => {
        const offset = offsets[at++] as (typeof offsets)[number];
        const errorCode = codeOf.get(offset) ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
        return { index, errorCode };
      }),
    })),
  };
};

/** Returns an error code for each of the offsets, whose partitions there are. */
function commit(
  offsets: readonly NewOffset[],
  request: RequestOf<"txnOffsetCommit">,
  context: RequestContext,
): number[] {
  if (offsets.length === 0) return [];
  const { version, cluster } = context;
  const { transactions, groups } = cluster;
  const { groupId, memberId, groupInstanceId, generationId: generation } = request;
  const { transactionalId, producerEpoch } = request;
  const producerId = Number(request.producerId);
  const allOf = (code: number) => offsets.map(() => code);
  if (groupId === "") return allOf(errorCodes.INVALID_GROUP_ID);
  const errorCode =
    checkCoordinator(context, "group", groupId) ||
    admitGroup(transactions, { transactionalId, producerId, producerEpoch, version }, groupId);
  if (errorCode !== errorCodes.NONE) return allOf(errorCode);
  const committer = { memberId, groupInstanceId, generation, isTransactional: true, version };
  const save = () => groups.commitTransactional(producerId, { ...committer, groupId, offsets });
  return savingGroup(context, groupId, save, allOf);
}
