// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { TopicPartition } from "../topics/topic-partition.ts";
import type { ProducerIdentity } from "./transaction.ts";
import type { TransactionCoordinator } from "./transaction-coordinator.ts";

/** A request that writes within a transaction. */
export interface TransactionalRequest extends ProducerIdentity {
  readonly transactionalId: string;
  /** Its version, which says how much of KIP-890 the producer knows. */
  readonly version: number;
}

/** Whether a batch may be appended. */
export interface Admission {
  readonly errorCode: number;
  /** What Kafka says of it; undefined where it says nothing. */
  readonly errorMessage?: string;
}

/** By request: since when partitions join the transaction with the first write, as groups do. */
const addingVersion = { produce: 12, txnOffsetCommit: 5 } as const;
/** By request: since when its producers know TRANSACTION_ABORTABLE. */
const abortableVersion = { produce: 11, txnOffsetCommit: 4 } as const;

/**
 * Says of each partition of a Produce request whether the producer's transaction may write to it
 * (KIP-890), which adds it to the transaction where the version of the request asks for that.
 * All its transactional batches are of one producer.
 */
export function admitBatches(
  transactions: TransactionCoordinator,
  produce: TransactionalRequest,
  partitions: readonly TopicPartition[],
): Admission[] {
  const { transactionalId, version } = produce;
  const isAdded = version >= addingVersion.produce;
  const added = isAdded ? transactions.add(transactionalId, produce, { partitions }) : undefined;
  const codes =
    added === undefined
      ? transactions.verify(transactionalId, produce, partitions)
      : partitions.map(() => added);
  return codes.map((code) => {
    const errorCode = known(code, version >= abortableVersion.produce);
    if (errorCode === errorCodes.INVALID_TXN_STATE) {
      return { errorCode, errorMessage: "Partition was not added to the transaction" };
    }
    if (errorCode === errorCodes.COORDINATOR_NOT_AVAILABLE) {
      return unverified("COORDINATOR_NOT_AVAILABLE");
    }
    if (errorCode === errorCodes.CONCURRENT_TRANSACTIONS && !isAdded) {
      return unverified("CONCURRENT_TRANSACTIONS");
    }
    return { errorCode };
  });
}

/**
 * Says whether a TxnOffsetCommit request may write offsets of a group within the transaction, like
 * {@link admitBatches}. Returns an error code.
 */
export function admitGroup(
  transactions: TransactionCoordinator,
  commit: TransactionalRequest,
  groupId: string,
): number {
  const { transactionalId, version } = commit;
  const isAdded = version >= addingVersion.txnOffsetCommit;
  const code = isAdded
    ? transactions.add(transactionalId, commit, { groups: [groupId] })
    : transactions.verifyGroup(transactionalId, commit, groupId);
  return known(code, version >= abortableVersion.txnOffsetCommit);
}

/** An error as producers expect it from those who are not the coordinator. */
function known(errorCode: number, isAbortableKnown: boolean): number {
  switch (errorCode) {
    case errorCodes.PRODUCER_FENCED:
      return errorCodes.INVALID_PRODUCER_EPOCH;
    case errorCodes.TRANSACTION_ABORTABLE:
      return isAbortableKnown ? errorCode : errorCodes.INVALID_TXN_STATE;
    default:
      return errorCode;
  }
}

/** Producers try again upon this one without asking for metadata. */
function unverified(name: string): Admission {
  return {
    errorCode: errorCodes.NOT_ENOUGH_REPLICAS,
    errorMessage: `Unable to verify the partition has been added to the transaction. Underlying error: ${name}`,
  };
}
