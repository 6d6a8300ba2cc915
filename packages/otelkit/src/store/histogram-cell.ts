// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, SpanContext } from "@opentelemetry/api";
import type { ValueCell } from "../instruments/instruments.ts";
import type { RefuseValue } from "../instruments/refuse-value.ts";
import type { Exemplar, HistogramView } from "./metric-view.ts";
import { type ExemplarClock, exemplarOf, isSampled } from "./stored-exemplar.ts";

/** A series of a histogram with explicit bounds. */
export class HistogramCell implements ValueCell, HistogramView {
  readonly attributes: Attributes;
  readonly boundaries: readonly number[];
  readonly counts: Float64Array;
  startTimeMs = 0;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  exemplars?: (Exemplar | undefined)[];
  readonly #now: () => number;
  readonly #exemplarClock: ExemplarClock;
  readonly #refuse: RefuseValue;

  constructor(
    attributes: Attributes,
    boundaries: readonly number[],
    now: () => number,
    exemplarClock: ExemplarClock,
    refuse: RefuseValue,
  ) {
    this.attributes = attributes;
    this.boundaries = boundaries;
    this.counts = new Float64Array(boundaries.length + 1);
    this.#now = now;
    this.#exemplarClock = exemplarClock;
    this.#refuse = refuse;
  }

  record(value: number, span?: SpanContext): void {
    // Written so that NaN is refused as well.
    if (!(value >= 0 && value <= Number.MAX_VALUE)) {
      this.#refuse(value);
      return;
    }
    if (this.count === 0) this.startTimeMs = this.#now();
    const bucket = bucketOf(this.boundaries, value);
    // The index is within the array: it has one place more than there are boundaries.
    (this.counts[bucket] as number) += 1;
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (span !== undefined && this.#exemplarClock !== undefined && isSampled(span)) {
      this.exemplars ??= new Array(this.counts.length).fill(undefined);
      this.exemplars[bucket] = exemplarOf(value, span, this.#exemplarClock());
    }
  }
}

/** Finds the first bound that is not below the value; the number of bounds when there is none. */
export function bucketOf(boundaries: readonly number[], value: number): number {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((boundaries[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
