// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, SpanContext } from "@opentelemetry/api";
import type { ValueCell } from "../instruments/instruments.ts";
import type { RefuseValue } from "../instruments/refuse-value.ts";
import { exponentialIndex } from "./exponential-index.ts";
import { GrowingBuckets } from "./growing-buckets.ts";
import type { Exemplar, ExponentialHistogramView } from "./metric-view.ts";
import { type ExemplarClock, exemplarOf, isSampled } from "./stored-exemplar.ts";

/** The SDK's limit as well. At a factor of 2 between buckets it spans all that a number can be. */
const maxBuckets = 160;
/** The finest that OpenTelemetry's data model advises to begin with. */
const finestScale = 20;

/** A series of a histogram that finds its bounds itself. */
export class ExponentialHistogramCell implements ValueCell, ExponentialHistogramView {
  readonly attributes: Attributes;
  readonly positive = new GrowingBuckets();
  /** Stays empty: no histogram takes negative values. */
  readonly negative = new GrowingBuckets();
  startTimeMs = 0;
  zeroCount = 0;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  exemplar?: Exemplar;
  #scale = finestScale;
  readonly #now: () => number;
  readonly #exemplarClock: ExemplarClock;
  readonly #refuse: RefuseValue;

  constructor(
    attributes: Attributes,
    now: () => number,
    exemplarClock: ExemplarClock,
    refuse: RefuseValue,
  ) {
    this.attributes = attributes;
    this.#now = now;
    this.#exemplarClock = exemplarClock;
    this.#refuse = refuse;
  }

  get scale(): number {
    // Zeros have no scale, and readers of a scale of 20 that holds nothing stumble.
    return this.count === this.zeroCount ? 0 : this.#scale;
  }

  record(value: number, span?: SpanContext): void {
    // Written so that NaN is refused as well.
    if (!(value >= 0 && value <= Number.MAX_VALUE)) {
      this.#refuse(value);
      return;
    }
    if (this.count === 0) this.startTimeMs = this.#now();
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value === 0) this.zeroCount += 1;
    else this.#countPositive(value);
    if (span !== undefined && this.#exemplarClock !== undefined && isSampled(span)) {
      this.exemplar = exemplarOf(value, span, this.#exemplarClock());
    }
  }

  #countPositive(value: number): void {
    let index = exponentialIndex(value, this.#scale);
    const steps = this.positive.excess(index, maxBuckets);
    if (steps > 0) {
      this.positive.coarsen(steps);
      this.#scale -= steps;
      index >>= steps;
    }
    this.positive.increment(index);
  }
}
