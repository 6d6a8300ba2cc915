// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { attributeBits, type BatchHeader } from "./record-batch.ts";

/** Kafka remembers as many batches of a producer: those it may have in flight. */
const remembered = 5;
/** Producers known per partition, the least recently heard of dropped first, to bound memory. */
const maxProducers = 10_000;
const maxSequence = 0x7fffffff;

/** A batch that is remembered, to know it again. */
export interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

/** How far a producer has come in a partition. */
export interface ProducerState {
  /** -1 of one that tells none, whose sequences are not checked. */
  epoch: number;
  /** Of the coordinator that wrote the last marker; -1 before the first. */
  coordinatorEpoch: number;
  lastTimestamp: number;
  /** First offset of its open transaction; -1 when there is none. */
  transactionStart: number;
  /** The last batches of the epoch, oldest first. */
  batches: RememberedBatch[];
}

/** What is to be done with a batch. */
export type SequenceVerdict =
  | { readonly kind: "append" }
  | { readonly kind: "duplicate"; readonly batch: RememberedBatch }
  | { readonly kind: "refuse"; readonly errorCode: number; readonly errorMessage: string };

/** The end of a transaction. */
export interface TransactionEnd {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
}

const append: SequenceVerdict = { kind: "append" };
const refuse = (errorCode: number, errorMessage: string): SequenceVerdict => {
  return { kind: "refuse", errorCode, errorMessage };
};

/** How far each idempotent producer has come in one partition (KIP-98). */
export class ProducerStates {
  readonly #states = new Map<number, ProducerState>();
  /** Producers by the first offset of their open transaction, which rises as they begin. */
  readonly #open = new Map<number, number>();

  /** All producers, by their id. */
  get states(): ReadonlyMap<number, ProducerState> {
    return this.#states;
  }

  /** First offset of the transaction that is open for longest; undefined when none is. */
  get firstOpenOffset(): number | undefined {
    if (this.#open.size === 0) return undefined;
    for (const offset of this.#open.keys()) return offset;
    return undefined;
  }

  /**
   * Judges a batch by its producer's epoch and sequence; changes nothing.
   *
   * @param mustBegin whether a producer of which nothing is known must begin at sequence 0, as in
   *   transactions of version 2 (KIP-890)
   */
  check(header: BatchHeader, mustBegin: boolean): SequenceVerdict {
    const { producerId, producerEpoch, baseSequence } = header;
    if (producerId < 0) return append;
    const state = this.#states.get(producerId);
    if (!state) {
      // As on Kafka: a producer of which nothing is known may be one whose records are gone.
      if (baseSequence === 0 || !mustBegin) return append;
      return refuse(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, outOfOrder(header, -1));
    }
    if (producerEpoch === state.epoch) {
      const lastSequence = lastSequenceOf(header);
      const batch = state.batches.find((known) => {
        return known.firstSequence === baseSequence && known.lastSequence === lastSequence;
      });
      if (batch) return { kind: "duplicate", batch };
    }
    if (producerEpoch < state.epoch) {
      return refuse(errorCodes.INVALID_PRODUCER_EPOCH, oldEpoch(header, state.epoch));
    }
    const isNewEpoch = producerEpoch !== state.epoch;
    const last = isNewEpoch ? undefined : state.batches.at(-1);
    const expected = last ? after(last.lastSequence) : 0;
    if (state.epoch !== -1 && baseSequence !== expected) {
      const message = outOfOrder(header, last?.lastSequence ?? -1);
      return refuse(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, message);
    }
    if (state.transactionStart >= 0 && !(header.attributes & attributeBits.transactional)) {
      const message = `Expected transactional write from producer ${producerId}`;
      return refuse(errorCodes.INVALID_TXN_STATE, message);
    }
    return append;
  }

  /** Takes note of a batch of records that is in the log. */
  record(header: BatchHeader): void {
    if (header.producerId < 0) return;
    const state = this.#touch(header.producerId, header.producerEpoch);
    state.batches.push({
      firstSequence: header.baseSequence,
      lastSequence: lastSequenceOf(header),
      baseOffset: header.baseOffset,
      lastOffset: header.lastOffset,
      timestamp: header.maxTimestamp,
    });
    if (state.batches.length > remembered) state.batches.shift();
    state.lastTimestamp = header.maxTimestamp;
    if (state.transactionStart < 0 && header.attributes & attributeBits.transactional) {
      state.transactionStart = header.baseOffset;
      this.#open.set(header.baseOffset, header.producerId);
    }
  }

  /** Judges a marker; changes nothing. Returns an error code. */
  checkMarker({ producerId, producerEpoch, coordinatorEpoch }: TransactionEnd): number {
    const state = this.#states.get(producerId);
    if (!state) return errorCodes.NONE;
    if (producerEpoch < state.epoch) return errorCodes.INVALID_PRODUCER_EPOCH;
    return coordinatorEpoch < state.coordinatorEpoch
      ? errorCodes.TRANSACTION_COORDINATOR_FENCED
      : errorCodes.NONE;
  }

  /**
   * Takes note of a marker that is in the log. Returns the first offset of the transaction that it
   * ends; undefined when there was none.
   */
  end({ producerId, producerEpoch, coordinatorEpoch, timestamp }: TransactionEnd) {
    const state = this.#touch(producerId, producerEpoch);
    const start = state.transactionStart;
    state.coordinatorEpoch = coordinatorEpoch;
    state.lastTimestamp = timestamp;
    state.transactionStart = -1;
    this.#open.delete(start);
    return start < 0 ? undefined : start;
  }

  /** Forgets producers of which nothing was heard since a time, but those with a transaction. */
  forgetBefore(timestamp: number): void {
    for (const [producerId, state] of this.#states) {
      if (state.lastTimestamp <= timestamp && state.transactionStart < 0) {
        this.#states.delete(producerId);
      }
    }
  }

  /** Everything, as JSON values. */
  encode(): unknown {
    return [...this.#states];
  }

  /** Starts anew with what {@link encode} gave. */
  load(encoded: unknown): void {
    this.#states.clear();
    this.#open.clear();
    for (const [producerId, state] of encoded as [number, ProducerState][]) {
      this.#states.set(producerId, { ...state, batches: [...state.batches] });
    }
    const open = [...this.#states].filter(([, { transactionStart }]) => transactionStart >= 0);
    open.sort(([, one], [, other]) => one.transactionStart - other.transactionStart);
    for (const [producerId, { transactionStart }] of open) {
      this.#open.set(transactionStart, producerId);
    }
  }

  /** The state of a producer in an epoch, made when it is not there. */
  #touch(producerId: number, epoch: number): ProducerState {
    let state = this.#states.get(producerId);
    state ??= {
      epoch,
      coordinatorEpoch: -1,
      lastTimestamp: -1,
      transactionStart: -1,
      batches: [],
    };
    if (state.epoch !== epoch) {
      state.epoch = epoch;
      state.batches = [];
    }
    // Set anew, so that the map's order is that of the last batches.
    this.#states.delete(producerId);
    this.#states.set(producerId, state);
    if (this.#states.size > maxProducers) this.#forgetOther(producerId);
    return state;
  }

  #forgetOther(than: number): void {
    for (const [producerId, { transactionStart }] of this.#states) {
      if (transactionStart >= 0 || producerId === than) continue;
      this.#states.delete(producerId);
      return;
    }
  }
}

function outOfOrder({ producerId, baseSequence }: BatchHeader, last: number): string {
  return `Out of order sequence number for producer ${producerId}: ${baseSequence} (incoming seq. number), ${last} (current end sequence number)`;
}

function oldEpoch({ producerId, producerEpoch }: BatchHeader, epoch: number): string {
  return `Epoch of producer ${producerId} is ${producerEpoch}, which is smaller than the last seen epoch ${epoch}`;
}

/** Sequences go round: after the largest 32-bit integer comes 0. */
function after(sequence: number, by = 1): number {
  return (sequence + by) % (maxSequence + 1);
}

/** Compaction leaves a batch's offsets as they were, so the sequences count by these. */
function lastSequenceOf({ baseSequence, baseOffset, lastOffset }: BatchHeader): number {
  return after(baseSequence, lastOffset - baseOffset);
}
