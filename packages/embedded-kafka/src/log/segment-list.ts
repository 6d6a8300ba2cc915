// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type FoundRecord, findRecord } from "./find-record.ts";
import type { LogRange, Segment } from "./segment.ts";
import type { AbortedTransaction } from "./segment-index.ts";

/** The segments of a log by their first offset, of which the last is appended to. */
export class SegmentList {
  readonly #segments: Segment[];

  /** Takes over segments, one at least. */
  constructor(segments: readonly Segment[]) {
    this.#segments = [...segments];
  }

  /** All of them, oldest first. */
  get all(): readonly Segment[] {
    return this.#segments;
  }

  /** The one that is appended to. */
  get active(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((bytes, segment) => bytes + segment.sizeBytes, 0);
  }

  /** Adds the one that is appended to from here on. */
  push(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Removes the first ones, with their files. */
  removeFirst(count: number): void {
    for (const segment of this.#segments.splice(0, count)) segment.remove();
  }

  /** Removes one, with its files. */
  remove(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    segment.remove();
  }

  /** See `PartitionLog.locate()`. */
  locate(
    offset: number,
    maxBytes: number,
    atLeastOne: boolean,
    limitOffset: number,
  ): LogRange | undefined {
    for (let at = this.indexOf(offset); at < this.#segments.length; at++) {
      const segment = this.#segments[at] as Segment;
      if (segment.baseOffset >= limitOffset) return undefined;
      const range = segment.locate(offset, maxBytes, atLeastOne, limitOffset);
      if (range) return range;
    }
    return undefined;
  }

  /** The aborted transactions with records from an offset on that are in a range. */
  *abortedIn(fromOffset: number, { segment, endOffset }: LogRange): Iterable<AbortedTransaction> {
    const first = segment ? this.#segments.indexOf(segment) : -1;
    if (first === -1) return;
    for (let at = first; at < this.#segments.length; at++) {
      for (const aborted of (this.#segments[at] as Segment).aborted) {
        if (aborted.lastOffset >= fromOffset && aborted.firstOffset < endOffset) yield aborted;
        // Transactions that end later began later.
        if (aborted.lastStableOffset >= endOffset) return;
      }
    }
  }

  /** The first record from an offset on that is at or after a time. */
  findByTimestamp(timestamp: number, fromOffset: number): FoundRecord | undefined {
    for (const segment of this.#segments) {
      if (segment.maxTimestamp < timestamp) continue;
      for (const batch of segment.batchesFrom(timestamp)) {
        const found = findRecord(batch, timestamp, fromOffset);
        if (found) return found;
      }
    }
    return undefined;
  }

  /** Index of the last segment that starts at the offset or before it, or else of the first. */
  indexOf(offset: number): number {
    const segments = this.#segments;
    let at = segments.length - 1;
    // Most readers are at the end.
    if (this.active.baseOffset <= offset) return at;
    for (let low = 0; low < at; ) {
      const middle = (low + at) >>> 1;
      if ((segments[middle] as Segment).baseOffset <= offset) low = middle + 1;
      else at = middle;
    }
    return Math.max(0, at - 1);
  }
}
