// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ExponentialBuckets, ExponentialHistogramView } from "../store/metric-view.ts";
import { coarsenedHistogram } from "./classic-buckets.ts";

/** Consecutive buckets of a native histogram. */
export interface BucketSpan {
  /** Buckets left out since the span before; of the first one the index of its first bucket. */
  readonly offset: number;
  readonly length: number;
}

/** Buckets of one sign as Prometheus has them. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  /** By how much each count differs from the one before. */
  readonly deltas: readonly number[];
}

/** Scales that Prometheus knows. */
const finestSchema = 8;
const coarsestSchema = -4;

/** A histogram in Prometheus's own form; undefined when its buckets are wider than it knows. */
export function nativeHistogram(view: ExponentialHistogramView) {
  const steps = Math.max(0, view.scale - finestSchema);
  const { scale, positive, negative } = coarsenedHistogram(view, steps);
  if (scale < coarsestSchema) return undefined;
  return { schema: scale, positive: toNative(positive), negative: toNative(negative) };
}

/** Gaps of this many empty buckets cost less as counts than as a span of their own. */
const shortGap = 2;

function toNative({ offset, counts }: ExponentialBuckets): NativeBuckets {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  let previous = 0;
  let next = 0;
  function push(count: number): void {
    deltas.push(count - previous);
    previous = count;
  }
  counts.forEach((count, i) => {
    if (count === 0) return;
    // Prometheus numbers a bucket by its upper bound, OpenTelemetry by its lower one.
    const index = offset + i + 1;
    const last = spans.at(-1);
    const gap = index - next;
    if (last === undefined || gap > shortGap) {
      spans.push({ offset: gap, length: 1 });
    } else {
      for (let empty = 0; empty < gap; empty++) push(0);
      last.length += gap + 1;
    }
    push(count);
    next = index + 1;
  });
  return { spans, deltas };
}
