// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf, ResponseOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { TopicPartition } from "../topics/topic-partition.ts";
import type { Handler, RequestContext } from "./handler.ts";
import { checkTransactionCoordinator, fencedAs } from "./transaction-errors.ts";

type Addition = RequestOf<"addPartitionsToTxn">["transactions"][number];
type TopicResults = NonNullable<ResponseOf<"addPartitionsToTxn">["resultsByTopicV3AndBelow"]>;

/** Since this version it has several transactions, and is what brokers ask each other (KIP-890). */
const batchedVersion = 4;

/** Adds partitions to transactions, or says whether they have them. */
export const addPartitionsToTxn: Handler<"addPartitionsToTxn"> = (request, context) => {
  if (context.version >= batchedVersion) {
    const resultsByTransaction = request.transactions.map((addition) => {
      const { transactionalId } = addition;
      return { transactionalId, topicResults: add(addition, context) };
    });
    return { errorCode: errorCodes.NONE, resultsByTransaction, resultsByTopicV3AndBelow: [] };
  }
  const addition: Addition = {
    transactionalId: request.v3AndBelowTransactionalId,
    producerId: request.v3AndBelowProducerId,
    producerEpoch: request.v3AndBelowProducerEpoch,
    verifyOnly: false,
    topics: request.v3AndBelowTopics,
  };
  return {
    errorCode: errorCodes.NONE,
    resultsByTransaction: [],
    resultsByTopicV3AndBelow: add(addition, context),
  };
};

/** All partitions of a transaction or none: one that does not exist keeps out the others too. */
function add(addition: Addition, context: RequestContext): TopicResults {
  const { topics } = context.cluster;
  const partitions = addition.topics.flatMap(({ name, partitions }) =>
    partitions.map((partition): TopicPartition => ({ topic: name, partition })),
  );
  const isThere = partitions.map(({ topic, partition }) => topics.partition(topic, partition));
  const codes = isThere.every(Boolean)
    ? decide(addition, partitions, context)
    : isThere.map((there) =>
        there ? errorCodes.OPERATION_NOT_ATTEMPTED : errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      );
  let at = 0;
  return addition.topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((index) => {
      const errorCode = fencedAs(codes[at++] as number, context.version, 2);
      return { index, partitionErrorCode: errorCode };
    }),
  }));
}

function decide(
  { transactionalId, producerId, producerEpoch, verifyOnly }: Addition,
  partitions: readonly TopicPartition[],
  context: RequestContext,
): number[] {
  const { transactions } = context.cluster;
  const producer = { producerId: Number(producerId), producerEpoch };
  const errorCode = checkTransactionCoordinator(context, transactionalId);
  if (errorCode !== errorCodes.NONE) return partitions.map(() => errorCode);
  if (verifyOnly) return transactions.verify(transactionalId, producer, partitions);
  const added = transactions.add(transactionalId, producer, { partitions });
  return partitions.map(() => added);
}
