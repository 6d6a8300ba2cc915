// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, SpanContext } from "@opentelemetry/api";

/** What kind of number an instrument keeps. */
export type InstrumentKind = "counter" | "updowncounter" | "histogram";

/** An instrument as data: what it is called, and what it tells. */
export interface InstrumentDefinition {
  readonly name: string;
  readonly kind: InstrumentKind;
  /** UCUM unit, such as `s`, `By` or `{call}`. Empty for none. */
  readonly unit: string;
  readonly description: string;
  /** Upper bounds of a histogram's buckets, ascending, in its unit. */
  readonly boundaries?: readonly number[];
}

/** One series that is added to, in a few nanoseconds. */
export interface CountCell {
  add(amount: number): void;
}

/** One series of a histogram. */
export interface ValueCell {
  /** @param span whose call this was, for an exemplar. */
  record(value: number, span?: SpanContext): void;
}

/** Gives the cell of a series. Asked once per series and caller, never per call. */
export type CellsOf<Cell> = (attributes: Attributes) => Cell;

/**
 * Where measurements go. Two things implement it: instruments of any OpenTelemetry meter, and the
 * metric store of this package. Both give the same series and values. What is asked for twice,
 * an instrument or a series, is the same one.
 */
export interface Instruments {
  /** Makes a counter or an up-down counter. A series exists, at 0, as soon as its cell is made. */
  counter(definition: InstrumentDefinition): CellsOf<CountCell>;
  /** Makes a histogram. A series exists from its first record on. */
  histogram(definition: InstrumentDefinition): CellsOf<ValueCell>;
}
