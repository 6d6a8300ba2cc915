// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A record that was taken on, and is not yet passed by the watermark. */
export interface TrackedOffset {
  next: bigint;
  done: boolean;
}

/**
 * Records of one partition finish in any order; the offset to commit moves only over those that
 * are done without a gap, so that a crash loses none.
 */
export class OffsetTracker {
  #entries: TrackedOffset[] = [];
  #head = 0;
  #watermark: bigint | undefined;

  /** The next offset to read, were all to end now; undefined until a record is done. */
  get watermark(): bigint | undefined {
    return this.#watermark;
  }

  /** Records that were taken on and that the watermark has not passed. */
  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** Takes on a record; `next` is the offset to commit when it is done. Call in offset order. */
  add(next: bigint): TrackedOffset {
    const entry = { next, done: false };
    this.#entries.push(entry);
    return entry;
  }

  /** Marks a record as done. Returns whether the watermark moved. */
  finish(entry: TrackedOffset): boolean {
    entry.done = true;
    let moved = false;
    for (let first = this.#entries[this.#head]; first?.done; first = this.#entries[this.#head]) {
      this.#watermark = first.next;
      this.#head++;
      moved = true;
    }
    // Now and then, as removing from the front of a long array is slow.
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return moved;
  }
}
