// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";

/** One measurement that was made inside a sampled span. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  /** When it was made, in milliseconds since 1970. */
  readonly timeMs: number;
}

/** What every series has. The same object of attributes at every reading. */
interface SeriesView {
  readonly attributes: Attributes;
  /** When the series began, in milliseconds since 1970. */
  readonly startTimeMs: number;
}

/** A number at this moment. */
export interface NumberView extends SeriesView {
  readonly value: number;
}

/** A histogram with bounds that somebody chose. */
export interface HistogramView extends SeriesView {
  /** Inclusive upper bounds, ascending; the last bucket has none. */
  readonly boundaries: readonly number[];
  /** Values in each bucket, not summed up: one more than there are boundaries. */
  readonly counts: ArrayLike<number>;
  readonly count: number;
  /** Undefined when values can be negative, as the sum can then fall. */
  readonly sum: number | undefined;
  readonly min?: number;
  readonly max?: number;
  /** The latest exemplar of each bucket. */
  readonly exemplars?: readonly (Exemplar | undefined)[];
}

/** Counts of the buckets `offset`, `offset + 1`, and so on. */
export interface ExponentialBuckets {
  /** Bucket `i` holds values above `base ** i` up to `base ** (i + 1)`. */
  readonly offset: number;
  readonly counts: readonly number[];
}

/** A histogram whose bounds are powers of `2 ** 2 ** -scale`. */
export interface ExponentialHistogramView extends SeriesView {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
  /** Of the values' amounts without their sign. */
  readonly negative: ExponentialBuckets;
  readonly count: number;
  readonly sum: number | undefined;
  readonly min?: number;
  readonly max?: number;
  readonly exemplar?: Exemplar;
}

/** Who made an instrument. */
export interface ScopeView {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

interface MetricViewOf<Kind extends string, Series> {
  readonly kind: Kind;
  readonly scope: ScopeView;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly series: Iterable<Series>;
}

/** A metric as a serializer reads it: no copy, so its numbers go on growing while it is read. */
export type MetricView =
  | MetricViewOf<"counter" | "gauge", NumberView>
  | MetricViewOf<"histogram", HistogramView>
  | MetricViewOf<"exponential histogram", ExponentialHistogramView>;
