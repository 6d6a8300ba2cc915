// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import type { BatchHeader } from "./record-batch.ts";

/** Kafka remembers as many batches of a producer: those it may have in flight. */
const remembered = 5;
/** Producers known per partition, the least recently heard of dropped first, to bound memory. */
const maxProducers = 10_000;
const maxSequence = 0x7fffffff;

interface ProducerState {
  epoch: number;
  /** The last batches, oldest first. */
  batches: { firstSequence: number; lastSequence: number; baseOffset: number }[];
}

/** What is to be done with a batch. */
export type SequenceVerdict =
  | { readonly kind: "append" }
  | { readonly kind: "duplicate"; readonly baseOffset: number }
  | { readonly kind: "refuse"; readonly errorCode: number };

const append: SequenceVerdict = { kind: "append" };
const refuse = (errorCode: number): SequenceVerdict => ({ kind: "refuse", errorCode });

/** How far each idempotent producer has come in one partition (KIP-98). */
export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();

  /** Judges a batch by its producer's epoch and sequence; changes nothing. */
  check(header: BatchHeader): SequenceVerdict {
    if (header.producerId < 0) return append;
    if (header.baseSequence < 0 || header.producerEpoch < 0) {
      return refuse(errorCodes.INVALID_RECORD);
    }
    const state = this.#states.get(header.producerId);
    // As on Kafka: a producer of which nothing is known may be one whose records are gone.
    if (!state) return append;
    if (header.producerEpoch < state.epoch) return refuse(errorCodes.INVALID_PRODUCER_EPOCH);
    if (header.producerEpoch > state.epoch) {
      return header.baseSequence === 0 ? append : refuse(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    const lastSequence = lastSequenceOf(header);
    const known = state.batches.find((batch) => {
      return batch.firstSequence === header.baseSequence && batch.lastSequence === lastSequence;
    });
    if (known) return { kind: "duplicate", baseOffset: known.baseOffset };
    const last = state.batches.at(-1);
    if (last && header.baseSequence !== after(last.lastSequence)) {
      return refuse(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    return append;
  }

  /** Takes note of a batch that is in the log. */
  record(header: BatchHeader): void {
    if (header.producerId < 0) return;
    let state = this.#states.get(header.producerId);
    if (!state || state.epoch !== header.producerEpoch) {
      state = { epoch: header.producerEpoch, batches: [] };
    }
    state.batches.push({
      firstSequence: header.baseSequence,
      lastSequence: lastSequenceOf(header),
      baseOffset: header.baseOffset,
    });
    if (state.batches.length > remembered) state.batches.shift();
    // Set anew, so that the map's order is that of the last batches.
    this.#states.delete(header.producerId);
    this.#states.set(header.producerId, state);
    if (this.#states.size > maxProducers) {
      for (const oldest of this.#states.keys()) {
        this.#states.delete(oldest);
        break;
      }
    }
  }
}

/** Sequences go round: after the largest 32-bit integer comes 0. */
function after(sequence: number, by = 1): number {
  return (sequence + by) % (maxSequence + 1);
}

function lastSequenceOf(header: BatchHeader): number {
  return after(header.baseSequence, header.recordCount - 1);
}
