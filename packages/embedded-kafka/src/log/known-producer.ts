// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ProducerState } from "./producer-states.ts";

/** A producer that is known in a partition, as tools are told of it (KIP-664). */
export interface KnownProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1 when no batch of this epoch is known. */
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  /** -1 when no transaction of it has ended here. */
  readonly coordinatorEpoch: number;
  /** -1 when it has no open transaction. */
  readonly currentTxnStartOffset: number;
}

/** Tells of a producer. */
export function describeProducer(producerId: number, state: ProducerState): KnownProducer {
  const { epoch, batches, lastTimestamp, transactionStart, coordinatorEpoch } = state;
  return {
    producerId,
    producerEpoch: epoch,
    lastSequence: batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp,
    coordinatorEpoch,
    currentTxnStartOffset: transactionStart,
  };
}
