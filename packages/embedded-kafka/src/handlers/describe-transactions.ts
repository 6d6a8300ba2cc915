// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { slotNumber } from "../cluster/coordinators.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Transaction } from "../transactions/transaction.ts";
import type { Handler } from "./handler.ts";
import { checkTransactionCoordinator } from "./transaction-errors.ts";

/** Tells the state of transactional ids, for Kafka's kafka-transactions. */
export const describeTransactions: Handler<"describeTransactions"> = (request, context) => ({
  transactionStates: request.transactionalIds.map((id) => {
    const transaction = context.cluster.transactions.get(id);
    const errorCode = checkTransactionCoordinator(context, id);
    if (errorCode !== errorCodes.NONE) return refused(id, errorCode);
    if (id === "") return refused(id, errorCodes.INVALID_REQUEST);
    if (!transaction) return refused(id, errorCodes.TRANSACTIONAL_ID_NOT_FOUND);
    return {
      errorCode,
      transactionalId: id,
      transactionState: transaction.state,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStartTimeMs: BigInt(transaction.startMs),
      producerId: BigInt(transaction.producerId),
      producerEpoch: transaction.producerEpoch,
      topics: topicsOf(transaction),
    };
  }),
});

function refused(transactionalId: string, errorCode: number) {
  return {
    errorCode,
    transactionalId,
    transactionState: "",
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0n,
    producerId: 0n,
    producerEpoch: 0,
    topics: [],
  };
}

/** Groups appear as the partitions of the topic in which Kafka keeps their offsets. */
function topicsOf({ partitions, groups }: Transaction) {
  const topics = new Map<string, Set<number>>();
  const note = (topic: string, partition: number) => {
    const indexes = topics.get(topic) ?? new Set();
    topics.set(topic, indexes.add(partition));
  };
  for (const { topic, partition } of partitions) note(topic, partition);
  for (const group of groups) note("__consumer_offsets", slotNumber(group));
  return [...topics].map(([name, indexes]) => ({ name, partitions: [...indexes] }));
}
