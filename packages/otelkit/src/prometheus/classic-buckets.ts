// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { exponentialBound } from "../store/exponential-index.ts";
import { coarsened } from "../store/growing-buckets.ts";
import type { ExponentialHistogramView } from "../store/metric-view.ts";

/** Bounds and how many values are at or below each; the last bucket, of all, is left out. */
export interface ClassicBuckets {
  readonly bounds: readonly number[];
  readonly cumulative: readonly number[];
}

/** More would be paid for as series by a server that has no native histograms. */
const maxClassicBuckets = 40;

/** Steps of scale that lie between a histogram and one with at most `limit` buckets a sign. */
function stepsToFit({ positive, negative }: ExponentialHistogramView, limit: number): number {
  let steps = 0;
  for (const { offset, counts } of [positive, negative]) {
    const last = offset + counts.length - 1;
    while (counts.length > 0 && (last >> steps) - (offset >> steps) >= limit) steps++;
  }
  return steps;
}

/** The histogram with wider buckets: `steps` scales coarser. */
export function coarsenedHistogram(view: ExponentialHistogramView, steps: number) {
  return {
    scale: view.scale - steps,
    positive: coarsened(view.positive, steps),
    negative: coarsened(view.negative, steps),
  };
}

/** Bounds as any Prometheus understands them. */
export function classicBuckets(view: ExponentialHistogramView): ClassicBuckets {
  const steps = stepsToFit(view, maxClassicBuckets);
  const { scale, positive, negative } = coarsenedHistogram(view, steps);
  const bounds: number[] = [];
  const cumulative: number[] = [];
  let total = 0;
  function push(bound: number, count: number): void {
    total += count;
    // Finite bounds only: all values are below the last bucket's, which every histogram has.
    if (!Number.isFinite(bound)) return;
    bounds.push(bound);
    cumulative.push(total);
  }
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    push(-exponentialBound(negative.offset + i - 1, scale), negative.counts[i] ?? 0);
  }
  if (view.zeroCount > 0) push(0, view.zeroCount);
  positive.counts.forEach((count, i) => {
    push(exponentialBound(positive.offset + i, scale), count);
  });
  return { bounds, cumulative };
}
