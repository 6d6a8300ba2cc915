// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readMarker } from "./control-batch.ts";
import { attributeBits, type BatchHeader } from "./record-batch.ts";
import type { AbortedTransaction } from "./segment-index.ts";

/** Which transactions are under way while compaction goes through a log. */
export class CleanedTransactions {
  /** Those that it has not come to, by their first offset. */
  readonly #ahead: AbortedTransaction[];
  /** Those that it is in, by their producer, and whether it has seen a batch of theirs. */
  readonly #aborted = new Map<number, { transaction: AbortedTransaction; hasBatches: boolean }>();
  readonly #committed = new Set<number>();
  #ended: AbortedTransaction[] = [];

  /** Starts before all of the transactions given, which are those that were aborted. */
  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  }

  /** Notes a batch of records. Returns whether it was aborted. */
  isAborted(header: BatchHeader): boolean {
    this.#enter(header.lastOffset);
    if (!(header.attributes & attributeBits.transactional)) return false;
    const aborted = this.#aborted.get(header.producerId);
    if (aborted) aborted.hasBatches = true;
    else this.#committed.add(header.producerId);
    return aborted !== undefined;
  }

  /** Notes a marker. Returns whether it may go: there was no batch of its transaction. */
  onMarker(header: BatchHeader, bytes: Buffer): boolean {
    this.#enter(header.lastOffset);
    const marker = readMarker(bytes, header);
    if (!marker) return true;
    const { producerId, isCommit } = marker;
    if (isCommit) return !this.#committed.delete(producerId);
    const aborted = this.#aborted.get(producerId);
    this.#aborted.delete(producerId);
    if (!aborted?.hasBatches) return true;
    this.#ended.push(aborted.transaction);
    return false;
  }

  /** The aborted transactions of which there were batches and, since it was last asked, the marker. */
  takeAborted(): AbortedTransaction[] {
    return this.#ended.splice(0);
  }

  #enter(offset: number): void {
    while (this.#ahead[0] && this.#ahead[0].firstOffset <= offset) {
      const transaction = this.#ahead.shift() as AbortedTransaction;
      if (!this.#aborted.has(transaction.producerId)) {
        this.#aborted.set(transaction.producerId, { transaction, hasBatches: false });
      }
    }
  }
}
