// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Meter } from "@opentelemetry/api";
import { boundCells } from "./bounded-cells.ts";
import type {
  CellsOf,
  CountCell,
  InstrumentDefinition,
  Instruments,
  ValueCell,
} from "./instruments.ts";
import { createRefusal, leastValue } from "./refuse-value.ts";
import { createTally } from "./tally.ts";

/** Options of {@link createSdkInstruments}. */
export interface SdkInstrumentsOptions {
  /** Series of one instrument at most, the overflow series included. Default 2000. */
  cardinalityLimit?: number;
}

/**
 * Instruments of any OpenTelemetry meter, by its public API alone. Counts wait in plain numbers for
 * the next collection; values go to the meter's histogram one by one, with attributes that are
 * made once per series.
 */
export function createSdkInstruments(
  meter: Meter,
  { cardinalityLimit }: SdkInstrumentsOptions = {},
): Instruments {
  const tally = createTally(meter);
  const counters = new Map<string, CellsOf<CountCell>>();
  const histograms = new Map<string, CellsOf<ValueCell>>();

  return {
    counter(definition) {
      const { name, kind, unit, description } = definition;
      const key = identityOf(definition);
      let cells = counters.get(key);
      if (cells === undefined) {
        const options = { unit, description };
        const counter =
          kind === "updowncounter"
            ? meter.createUpDownCounter(name, options)
            : meter.createCounter(name, options);
        const accept = createGuard(definition);
        cells = boundCells((attributes) => {
          const cell = tally(counter, attributes);
          return {
            add(amount) {
              if (accept(amount)) cell.add(amount);
            },
          };
        }, cardinalityLimit);
        counters.set(key, cells);
      }
      return cells;
    },
    histogram(definition) {
      const { name, unit, description, boundaries } = definition;
      const key = identityOf(definition);
      let cells = histograms.get(key);
      if (cells === undefined) {
        const advice = boundaries && { explicitBucketBoundaries: [...boundaries] };
        const histogram = meter.createHistogram(name, { unit, description, advice });
        const accept = createGuard(definition);
        cells = boundCells(
          (attributes) => ({
            record(value) {
              if (accept(value)) histogram.record(value, attributes);
            },
          }),
          cardinalityLimit,
        );
        histograms.set(key, cells);
      }
      return cells;
    },
  };
}

/** What makes an instrument the same one. The case of its name does not, says OpenTelemetry. */
function identityOf({ name, kind, unit }: InstrumentDefinition): string {
  return JSON.stringify([name.toLowerCase(), kind, unit]);
}

function createGuard(definition: InstrumentDefinition): (value: number) => boolean {
  const least = leastValue(definition);
  const refuse = createRefusal(definition);
  return function isAccepted(value) {
    // Written so that NaN is refused as well.
    const isFine = value >= least && value <= Number.MAX_VALUE;
    if (!isFine) refuse(value);
    return isFine;
  };
}
