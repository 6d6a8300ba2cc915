// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import {
  bumped,
  isExhausted,
  isPrepared,
  none,
  type ProducerIdentity,
  type Transaction,
} from "./transaction.ts";

/** What a producer asks for with InitProducerId. */
export interface InitRequest {
  readonly id: string;
  readonly timeoutMs: number;
  /** What it is, when it was given a producer id before and goes on after an error (KIP-360). */
  readonly expected?: ProducerIdentity;
}

/** An error code, the transaction with its new producer, or "abort" for what is to be aborted first. */
export type InitDecision = number | Transaction | "abort";

/**
 * Decides on InitProducerId: the producer gets the next epoch, which fences all that had the id
 * before, or another producer id when there is no epoch left.
 *
 * @param newProducerId gives a producer id that was never given before
 */
export function initProducer(
  current: Transaction | undefined,
  request: InitRequest,
  newProducerId: () => number,
  now: number,
): InitDecision {
  const { expected } = request;
  const transaction = current ?? unborn(request.id, newProducerId());
  if (expected && !isKnown(transaction, expected)) return errorCodes.PRODUCER_FENCED;
  if (isPrepared(transaction)) return errorCodes.CONCURRENT_TRANSACTIONS;
  if (transaction.state === "Ongoing") return "abort";
  const started: Transaction = {
    ...transaction,
    state: "Empty",
    previousProducerId: transaction.producerId,
    timeoutMs: request.timeoutMs,
    partitions: [],
    groups: [],
    startMs: none,
    updatedMs: now,
  };
  const { producerEpoch } = transaction;
  const isCurrent = !expected || expected.producerEpoch === producerEpoch;
  const lastProducerEpoch = expected ? producerEpoch : none;
  if (isExhausted(transaction)) {
    if (!isCurrent) return errorCodes.PRODUCER_FENCED;
    return { ...started, producerId: newProducerId(), producerEpoch: 0, lastProducerEpoch };
  }
  if (isCurrent || producerEpoch === none) {
    return { ...started, producerEpoch: bumped(transaction), lastProducerEpoch };
  }
  // A retry whose first answer was lost: it gets the same one again.
  if (expected.producerEpoch === transaction.lastProducerEpoch) return started;
  return errorCodes.PRODUCER_FENCED;
}

/** A transactional id before its first epoch. */
function unborn(id: string, producerId: number): Transaction {
  return {
    id,
    state: "Empty",
    producerId,
    producerEpoch: none,
    previousProducerId: none,
    lastProducerEpoch: none,
    nextProducerId: none,
    timeoutMs: 0,
    partitions: [],
    groups: [],
    startMs: none,
    updatedMs: 0,
  };
}

/** Whether it can be the one that has the id: its epoch is looked at later. */
function isKnown(transaction: Transaction, expected: ProducerIdentity): boolean {
  return (
    transaction.producerEpoch === none ||
    expected.producerId === transaction.producerId ||
    (expected.producerId === transaction.previousProducerId && isExhausted(expected))
  );
}
