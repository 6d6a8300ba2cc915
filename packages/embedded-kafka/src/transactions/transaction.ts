// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TopicPartition } from "../topics/topic-partition.ts";

/** States of a transactional id, as Kafka's tools show them. */
export type TransactionState =
  | "Empty"
  | "Ongoing"
  | "PrepareCommit"
  | "PrepareAbort"
  | "CompleteCommit"
  | "CompleteAbort";

/** Who a producer says it is. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** No producer id, or no epoch. */
export const none = -1;
/** Clients never get it, so that there is always one more with which to fence them (KIP-360). */
const maxEpoch = 0x7fff;

/**
 * A transactional id and its last transaction. It is kept as it is: each step makes another one.
 * Times are in milliseconds since 1970.
 */
export interface Transaction extends ProducerIdentity {
  readonly id: string;
  readonly state: TransactionState;
  /** The producer id before the last step: a retry of a request comes with it. */
  readonly previousProducerId: number;
  /** The epoch before the last bump that the producer itself asked for; -1 when there is none. */
  readonly lastProducerEpoch: number;
  /** The producer id that is given when the transaction has ended; -1 to keep the present one. */
  readonly nextProducerId: number;
  readonly timeoutMs: number;
  readonly partitions: readonly TopicPartition[];
  /** Groups whose offsets are committed with it. */
  readonly groups: readonly string[];
  /** When its first partition was added; -1 when it has none yet. */
  readonly startMs: number;
  readonly updatedMs: number;
}

/** Whether no epoch is left that the producer could be given (KIP-360). */
export function isExhausted({ producerEpoch }: Pick<ProducerIdentity, "producerEpoch">): boolean {
  return producerEpoch >= maxEpoch - 1;
}

/** The epoch after this one; the last one stays. */
export function bumped({ producerEpoch }: Pick<ProducerIdentity, "producerEpoch">): number {
  return Math.min(producerEpoch + 1, maxEpoch);
}

/** Whether markers are being written. */
export function isPrepared({ state }: Transaction): boolean {
  return state === "PrepareCommit" || state === "PrepareAbort";
}

export function hasPartition(transaction: Transaction, { topic, partition }: TopicPartition) {
  return transaction.partitions.some(
    (each) => each.topic === topic && each.partition === partition,
  );
}
