// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { emptyResource } from "@opentelemetry/resources";
import type { CollectionResult } from "@opentelemetry/sdk-metrics";
import {
  assertCardinalityLimit,
  boundCells,
  defaultCardinalityLimit,
} from "../instruments/bounded-cells.ts";
import type {
  CellsOf,
  InstrumentDefinition,
  Instruments,
  ValueCell,
} from "../instruments/instruments.ts";
import { createRefusal, leastValue } from "../instruments/refuse-value.ts";
import { assertBoundaries, assertHistograms, defaultBoundaries } from "./boundaries.ts";
import { ExponentialHistogramCell } from "./exponential-histogram-cell.ts";
import { HistogramCell } from "./histogram-cell.ts";
import { toScopeMetrics } from "./metric-data.ts";
import type { MetricStore } from "./metric-store.ts";
import type { MetricView, ScopeView } from "./metric-view.ts";
import { NumberCell } from "./number-cell.ts";

/** Options of {@link createMetricStore}. */
export interface MetricStoreOptions {
  /**
   * How many series an instrument can have while the process lives. What is beyond is counted by
   * one more series with the attribute `otel.metric.overflow`, which is among them. Default 2000,
   * as OpenTelemetry says; at least 2.
   */
  cardinalityLimit?: number;
  /**
   * Upper bounds of histogram buckets by instrument name, in the instrument's unit, such as
   * `{ response_time: [10, 100] }`. Default what the instrument itself says.
   */
  histogramBoundaries?: Readonly<Record<string, readonly number[]>>;
  /**
   * `"explicit"` has the bounds that an instrument or `histogramBoundaries` says; `"exponential"`
   * finds at most 160 bounds by itself, which suits Prometheus's native histograms, and asks
   * nothing of `histogramBoundaries`. Default `"explicit"`, which every reader understands.
   */
  histograms?: "explicit" | "exponential";
  /**
   * Whether a bucket remembers the trace of its latest value, when that was sampled. Default true:
   * it costs nothing for calls that are not sampled.
   */
  exemplars?: boolean;
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  now?: () => number;
}

/**
 * Makes an empty store.
 *
 * @throws {OtelkitError} with code `invalid_option` when the limit, the boundaries or the kind of
 *   histograms make no sense.
 */
export function createMetricStore(options: MetricStoreOptions = {}): MetricStore {
  const {
    cardinalityLimit = defaultCardinalityLimit,
    histograms = "explicit",
    exemplars = true,
  } = options;
  const { histogramBoundaries = {}, now = Date.now } = options;
  assertCardinalityLimit("create a metric store", cardinalityLimit);
  assertHistograms("create a metric store", histograms);
  for (const [name, boundaries] of Object.entries(histogramBoundaries)) {
    assertBoundaries("create a metric store", name, boundaries);
  }
  const exemplarClock = exemplars ? now : undefined;
  const scopes = new Map<string, { scope: ScopeView; instruments: Instruments }>();
  const all: MetricView[] = [];

  function createInstruments(scope: ScopeView): Instruments {
    return {
      counter: remember((definition) => {
        const kind = definition.kind === "counter" ? "counter" : "gauge";
        const least = leastValue(definition);
        const refuse = createRefusal(definition);
        const { cellsOf, series } = listCells(
          (attributes) => new NumberCell(attributes, now(), least, refuse),
        );
        all.push({ ...describe(scope, definition), kind, series });
        return cellsOf;
      }),
      histogram: remember<ValueCell>((definition) => {
        if (histograms === "exponential") return createExponential(scope, definition);
        const { name, boundaries = defaultBoundaries } = definition;
        const bounds = histogramBoundaries[name] ?? boundaries;
        const refuse = createRefusal(definition);
        const { cellsOf, series } = listCells(
          (attributes) => new HistogramCell(attributes, bounds, now, exemplarClock, refuse),
        );
        all.push({ ...describe(scope, definition), kind: "histogram", series: recorded(series) });
        return cellsOf;
      }),
    };
  }

  function createExponential(scope: ScopeView, definition: InstrumentDefinition) {
    const kind = "exponential histogram";
    const refuse = createRefusal(definition);
    const { cellsOf, series } = listCells(
      (attributes) => new ExponentialHistogramCell(attributes, now, exemplarClock, refuse),
    );
    all.push({ ...describe(scope, definition), kind, series: recorded(series) });
    return cellsOf;
  }

  function listCells<Cell>(create: (attributes: Attributes) => Cell) {
    const series: Cell[] = [];
    const cellsOf = boundCells((attributes) => {
      const cell = create(attributes);
      series.push(cell);
      return cell;
    }, cardinalityLimit);
    return { cellsOf, series };
  }

  return {
    instruments(name, version) {
      const key = JSON.stringify([name, version]);
      let found = scopes.get(key);
      if (found === undefined) {
        const scope = version === undefined ? { name } : { name, version };
        found = { scope, instruments: createInstruments(scope) };
        scopes.set(key, found);
      }
      return found.instruments;
    },
    view: () => all,
    async collect(): Promise<CollectionResult> {
      const scopeMetrics = toScopeMetrics(all, now());
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
}

function describe(scope: ScopeView, { name, description, unit }: InstrumentDefinition) {
  return { scope, name, description, unit };
}

/** Gives the instrument that is there already when the same one is asked for. */
function remember<Cell>(create: (definition: InstrumentDefinition) => CellsOf<Cell>) {
  const known = new Map<string, CellsOf<Cell>>();
  return function find(definition: InstrumentDefinition): CellsOf<Cell> {
    const { name, kind, unit } = definition;
    // Names of instruments do not differ by case alone, says OpenTelemetry.
    const key = JSON.stringify([name.toLowerCase(), kind, unit]);
    let cellsOf = known.get(key);
    if (cellsOf === undefined) {
      cellsOf = create(definition);
      known.set(key, cellsOf);
    }
    return cellsOf;
  };
}

/** A series of a histogram exists from its first value on. */
function recorded<Cell extends { count: number }>(cells: Iterable<Cell>): Iterable<Cell> {
  return {
    *[Symbol.iterator]() {
      for (const cell of cells) if (cell.count > 0) yield cell;
    },
  };
}
