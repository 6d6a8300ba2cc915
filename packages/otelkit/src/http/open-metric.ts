// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { metrics, type SpanContext } from "@opentelemetry/api";
import { boundCells } from "../instruments/bounded-cells.ts";
import { pickAttributes } from "../instruments/filter-attributes.ts";
import type { CellsOf, CountCell, Instruments } from "../instruments/instruments.ts";
import type { MeasureOptions } from "./measure-options.ts";
import type { HttpServerMeasure, MetricMapping } from "./metric-mapping.ts";

/** The numbers of an operation that ended. */
export interface Numbers {
  readonly isSuccess: boolean;
  readonly durationMs: number;
  readonly requestBytes?: number | undefined;
  readonly responseBytes?: number | undefined;
  /** The span around it, for exemplars. */
  readonly span?: SpanContext | undefined;
}

/** One series of one metric. */
export interface Series {
  /** An operation began. */
  start?(): void;
  /** An operation ended. */
  end?(numbers: Numbers): void;
}

interface Opening {
  readonly mapping: MetricMapping<HttpServerMeasure, string>;
  readonly instruments: Instruments;
  readonly options: MeasureOptions;
}

type Opener = (opening: Opening) => CellsOf<Series>;

const openers: Record<HttpServerMeasure, Opener> = {
  started: counter((cell) => ({ start: () => cell.add(1) })),
  active: counter(
    (cell) => ({ start: () => cell.add(1), end: () => cell.add(-1) }),
    "updowncounter",
  ),
  finished: counter((cell) => ({ end: () => cell.add(1) })),
  succeeded: counter((cell) => ({ end: ({ isSuccess }) => isSuccess && cell.add(1) })),
  failed: counter((cell) => ({ end: ({ isSuccess }) => isSuccess || cell.add(1) })),
  duration: histogram("s", ({ durationMs }, unit) =>
    unit === "ms" ? durationMs : durationMs / 1000,
  ),
  requestBytes: histogram("By", ({ requestBytes }) => requestBytes),
  responseBytes: histogram("By", ({ responseBytes }) => responseBytes),
  lastSuccess: openTime,
};

/** Makes the instrument of a mapping. */
export function openMetric(opening: Opening): CellsOf<Series> {
  return openers[opening.mapping.measure](opening);
}

function counter(
  toSeries: (cell: CountCell) => Series,
  kind: "counter" | "updowncounter" = "counter",
): Opener {
  return function openCounter({ mapping: { name, unit = "", description = "" }, instruments }) {
    const cells = instruments.counter({ name, kind, unit, description });
    return (attributes) => toSeries(cells(attributes));
  };
}

function histogram(
  defaultUnit: string,
  numberOf: (numbers: Numbers, unit: string) => number | undefined,
): Opener {
  return function openHistogram({ mapping, instruments }) {
    const { name, unit = defaultUnit, description = "", boundaries } = mapping;
    const advice = boundaries === undefined ? {} : { boundaries };
    const cells = instruments.histogram({ name, kind: "histogram", unit, description, ...advice });
    return (attributes) => {
      const cell = cells(attributes);
      return {
        end(numbers) {
          const value = numberOf(numbers, unit);
          if (value !== undefined) cell.record(value, numbers.span);
        },
      };
    };
  };
}

/** A gauge of the meter itself: it is set once per run of a job, where speed is no concern. */
function openTime({ mapping: { name, unit = "s", description = "" }, options }: Opening) {
  const { meterProvider = metrics.getMeterProvider(), meterName = "@labwire/otelkit" } = options;
  const { attributeFilter = () => true, cardinalityLimit } = options;
  const gauge = meterProvider.getMeter(meterName).createGauge(name, { unit, description });
  return boundCells<Series>((attributes) => {
    const labels = pickAttributes(attributes, attributeFilter);
    return {
      end({ isSuccess }) {
        if (isSuccess) gauge.record(Date.now() / 1000, labels);
      },
    };
  }, cardinalityLimit);
}
