// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ExponentialBuckets } from "./metric-view.ts";

/** Buckets of one sign, without gaps from the lowest to the highest that was ever counted. */
export class GrowingBuckets implements ExponentialBuckets {
  offset = 0;
  counts: number[] = [];

  /** By how many scales the buckets must coarsen so that `index` is one of at most `limit`. */
  excess(index: number, limit: number): number {
    if (this.counts.length === 0) return 0;
    let low = Math.min(index, this.offset);
    let high = Math.max(index, this.offset + this.counts.length - 1);
    let steps = 0;
    for (; high - low >= limit; steps++) {
      low >>= 1;
      high >>= 1;
    }
    return steps;
  }

  coarsen(steps: number): void {
    const { offset, counts } = coarsened(this, steps);
    this.offset = offset;
    this.counts = counts;
  }

  increment(index: number): void {
    if (this.counts.length === 0) this.offset = index;
    while (index < this.offset) {
      this.counts.unshift(0);
      this.offset -= 1;
    }
    while (index >= this.offset + this.counts.length) this.counts.push(0);
    (this.counts[index - this.offset] as number) += 1;
  }
}

/** The same counts in buckets `2 ** steps` times as wide. */
export function coarsened({ offset, counts }: ExponentialBuckets, steps: number) {
  const merged: number[] = [];
  const start = offset >> steps;
  counts.forEach((count, i) => {
    const at = ((offset + i) >> steps) - start;
    merged[at] = (merged[at] ?? 0) + count;
  });
  return { offset: counts.length === 0 ? 0 : start, counts: merged };
}
