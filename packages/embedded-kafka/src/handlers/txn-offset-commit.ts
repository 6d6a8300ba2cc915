// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { admitGroup } from "../transactions/admit.ts";
import { checkCoordinator, type Handler } from "./handler.ts";

/** Keeps offsets of a group that are committed when the transaction is. */
export const txnOffsetCommit: Handler<"txnOffsetCommit"> = (request, context) => {
  const { cluster, version } = context;
  const { groupId, memberId, groupInstanceId, generationId: generation } = request;
  const producer = { producerId: Number(request.producerId), producerEpoch: request.producerEpoch };
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
  const commit = () => {
    if (groupId === "") return errorCodes.INVALID_GROUP_ID;
    const errorCode = checkCoordinator(context, "group", groupId);
    if (errorCode !== errorCodes.NONE) return errorCode;
    const { transactionalId } = request;
    return admitGroup(cluster.transactions, { ...producer, transactionalId, version }, groupId);
  };
  const refused = known.length === 0 ? errorCodes.NONE : commit();
  const committer = { memberId, groupInstanceId, generation, isTransactional: true, version };
  const codes =
    refused === errorCodes.NONE && known.length > 0
      ? cluster.groups.commitTransactional(producer.producerId, {
          ...committer,
          groupId,
          offsets: known,
        })
      : known.map(() => refused);
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
