// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import {
  bumped,
  isExhausted,
  none,
  type ProducerIdentity,
  type Transaction,
} from "./transaction.ts";

/** What a producer asks for with EndTxn. */
export interface EndRequest extends ProducerIdentity {
  readonly isCommit: boolean;
  /** Whether the producer gets a new epoch with each transaction (KIP-890). */
  readonly bumpsEpoch: boolean;
}

/** An error code, NONE when it has ended so already, or the transaction prepared to be ended. */
export type EndDecision = number | Transaction;

/**
 * Decides on EndTxn.
 *
 * @param newProducerId gives a producer id that was never given before
 */
export function endTransaction(
  transaction: Transaction,
  request: EndRequest,
  newProducerId: () => number,
  now: number,
): EndDecision {
  const refused = request.bumpsEpoch
    ? checkBumping(transaction, request)
    : check(transaction, request);
  if (refused !== errorCodes.NONE) return refused;
  const { isCommit, bumpsEpoch } = request;
  const isRetry = bumpsEpoch && isRetried(transaction, request);
  switch (transaction.state) {
    case "Ongoing":
      return prepare(transaction, request, newProducerId, now);
    case "PrepareCommit":
      return isCommit ? errorCodes.CONCURRENT_TRANSACTIONS : errorCodes.INVALID_TXN_STATE;
    case "PrepareAbort":
      return isCommit ? errorCodes.INVALID_TXN_STATE : errorCodes.CONCURRENT_TRANSACTIONS;
    case "CompleteCommit":
      if (isCommit && (isRetry || !bumpsEpoch)) return errorCodes.NONE;
      break;
    case "CompleteAbort":
      if (!isCommit && (isRetry || !bumpsEpoch)) return errorCodes.NONE;
      break;
    case "Empty":
  }
  // A producer that cannot know whether its transaction has begun may abort it all the same.
  if (!bumpsEpoch || isCommit || isRetry) return errorCodes.INVALID_TXN_STATE;
  return { ...prepare(transaction, request, newProducerId, now), startMs: now };
}

/** Aborts a transaction without being asked by its producer, which is fenced by a new epoch. */
export function fence(
  transaction: Transaction,
  newProducerId: () => number,
  now: number,
): Transaction {
  return prepare(transaction, { isCommit: false, bumpsEpoch: true }, newProducerId, now);
}

/** Ends a transaction whose markers have been written. */
export function complete(transaction: Transaction, now: number): Transaction {
  const { state, producerId, nextProducerId } = transaction;
  const ended: Transaction = {
    ...transaction,
    state: state === "PrepareCommit" ? "CompleteCommit" : "CompleteAbort",
    previousProducerId: producerId,
    nextProducerId: none,
    partitions: [],
    groups: [],
    updatedMs: now,
  };
  return nextProducerId === none
    ? ended
    : { ...ended, producerId: nextProducerId, producerEpoch: 0 };
}

/** The epoch's bump is in the markers, so that late records of the transaction are refused (KIP-890). */
function prepare(
  transaction: Transaction,
  { isCommit, bumpsEpoch }: Pick<EndRequest, "isCommit" | "bumpsEpoch">,
  newProducerId: () => number,
  now: number,
): Transaction {
  const prepared: Transaction = {
    ...transaction,
    state: isCommit ? "PrepareCommit" : "PrepareAbort",
    previousProducerId: transaction.producerId,
    updatedMs: now,
  };
  if (!bumpsEpoch) return prepared;
  return {
    ...prepared,
    producerEpoch: bumped(transaction),
    lastProducerEpoch: transaction.producerEpoch,
    nextProducerId: isExhausted(transaction) ? newProducerId() : none,
  };
}

function check(transaction: Transaction, request: EndRequest): number {
  if (transaction.producerId !== request.producerId) return errorCodes.INVALID_PRODUCER_ID_MAPPING;
  if (transaction.producerEpoch !== request.producerEpoch) return errorCodes.PRODUCER_FENCED;
  return errorCodes.NONE;
}

/** The epoch tells a retry, which comes with the one before, from the end of the next transaction. */
function checkBumping(transaction: Transaction, request: EndRequest): number {
  const isRetry = isRetried(transaction, request);
  if (transaction.producerId !== request.producerId && !isRetriedOnOverflow(transaction, request)) {
    return errorCodes.INVALID_PRODUCER_ID_MAPPING;
  }
  const isCurrent = transaction.producerEpoch === request.producerEpoch;
  switch (transaction.state) {
    case "Empty":
    case "Ongoing":
      return isCurrent ? errorCodes.NONE : errorCodes.PRODUCER_FENCED;
    case "PrepareCommit":
    case "PrepareAbort":
      return isRetry ? errorCodes.NONE : errorCodes.PRODUCER_FENCED;
    default:
      return isRetry || isCurrent ? errorCodes.NONE : errorCodes.PRODUCER_FENCED;
  }
}

function isRetried(transaction: Transaction, request: EndRequest): boolean {
  return (
    transaction.producerEpoch === request.producerEpoch + 1 ||
    isRetriedOnOverflow(transaction, request)
  );
}

/** The producer has got another id with epoch 0, and does not know it. */
function isRetriedOnOverflow(transaction: Transaction, request: EndRequest): boolean {
  const { previousProducerId, producerEpoch } = transaction;
  return previousProducerId === request.producerId && isExhausted(request) && producerEpoch === 0;
}
