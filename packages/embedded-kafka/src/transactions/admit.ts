// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { ProducerIdentity, TopicPartition } from "./transaction.ts";
import type { TransactionCoordinator } from "./transaction-coordinator.ts";

/** A Produce request with transactional batches, which are all of one producer. */
export interface TransactionalProduce extends ProducerIdentity {
  readonly transactionalId: string;
  /** Version of the request: it says how much of KIP-890 the producer knows. */
  readonly version: number;
}

/** Whether a batch may be appended. */
export interface Admission {
  readonly errorCode: number;
  /** What Kafka says of it; undefined where it says nothing. */
  readonly errorMessage?: string;
}

/** The first version of Produce in which partitions join the transaction with their first batch. */
const addingVersion = 12;
/** The first one whose producers know TRANSACTION_ABORTABLE. */
const abortableVersion = 11;

/**
 * Says of each partition of a Produce request whether the producer's transaction may write to it
 * (KIP-890), which adds it to the transaction where the version of the request asks for that.
 */
export function admitBatches(
  transactions: TransactionCoordinator,
  produce: TransactionalProduce,
  partitions: readonly TopicPartition[],
): Admission[] {
  const { transactionalId, version } = produce;
  const codes =
    version >= addingVersion
      ? partitions.map(() => 0).fill(transactions.add(transactionalId, produce, { partitions }))
      : transactions.verify(transactionalId, produce, partitions);
  return codes.map((errorCode) => told(errorCode, version));
}

/** As producers of that version know it. */
function told(errorCode: number, version: number): Admission {
  switch (errorCode) {
    case errorCodes.PRODUCER_FENCED:
      return { errorCode: errorCodes.INVALID_PRODUCER_EPOCH };
    case errorCodes.TRANSACTION_ABORTABLE:
      if (version >= abortableVersion) return { errorCode };
      return {
        errorCode: errorCodes.INVALID_TXN_STATE,
        errorMessage: "Partition was not added to the transaction",
      };
    case errorCodes.CONCURRENT_TRANSACTIONS:
      if (version >= addingVersion) return { errorCode };
      return unverified("CONCURRENT_TRANSACTIONS");
    case errorCodes.COORDINATOR_NOT_AVAILABLE:
      return unverified("COORDINATOR_NOT_AVAILABLE");
    default:
      return { errorCode };
  }
}

/** Older producers try again upon this one without asking for metadata. */
function unverified(name: string): Admission {
  return {
    errorCode: errorCodes.NOT_ENOUGH_REPLICAS,
    errorMessage: `Unable to verify the partition has been added to the transaction. Underlying error: ${name}`,
  };
}
