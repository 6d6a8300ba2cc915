// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { DiagLogLevel, diag, type SpanContext, TraceFlags } from "@opentelemetry/api";
import {
  AggregationType,
  type ExponentialHistogram,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import type { InstrumentDefinition } from "../instruments/instruments.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { createMetricStore, type MetricStoreOptions } from "./create-metric-store.ts";
import type { MetricStore } from "./metric-store.ts";

const times: InstrumentDefinition = {
  name: "duration",
  kind: "histogram",
  unit: "s",
  description: "",
  boundaries: [1, 10],
};

async function firstPoint(store: MetricStore) {
  const { resourceMetrics } = await store.collect();
  return resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0];
}

function span(spanId: string, traceFlags = TraceFlags.SAMPLED): SpanContext {
  return { traceId: "0af7651916cd43dd8448eb211c80319c", spanId, traceFlags };
}

test("createMetricStore() gives start and end of every series by its clock", async () => {
  let now = 1_700_000_000_250;
  const store = createMetricStore({ now: () => now });
  store.instruments("a").counter({ ...times, name: "things", kind: "counter" })({});
  now += 1_500;
  const { startTime, endTime } = (await firstPoint(store)) ?? {};
  expect([startTime, endTime]).toEqual([
    [1_700_000_000, 250_000_000],
    [1_700_000_001, 750_000_000],
  ]);
});

test("createMetricStore() keeps scopes apart by name and version", async () => {
  const store = createMetricStore();
  for (const [name, version] of [["a"], ["a", "2"], ["b"], ["a"]] as const) {
    store.instruments(name, version).histogram(times)({}).record(1);
  }
  const { scopeMetrics } = (await store.collect()).resourceMetrics;
  const seen = scopeMetrics.map(({ scope, metrics }) => [scope, metrics[0]?.dataPoints[0]?.value]);
  expect(seen).toMatchObject([
    [{ name: "a" }, { count: 2 }],
    [{ name: "a", version: "2" }, { count: 1 }],
    [{ name: "b" }, { count: 1 }],
  ]);
});

test("createMetricStore() takes 'histogramBoundaries' over those of a definition", async () => {
  const store = createMetricStore({ histogramBoundaries: { duration: [2] } });
  store.instruments("a").histogram(times)({}).record(3);
  expect((await firstPoint(store))?.value).toMatchObject({
    buckets: { boundaries: [2], counts: [0, 1] },
  });
});

test("createMetricStore() keeps the latest sampled span of each bucket", () => {
  let now = 5000;
  const store = createMetricStore({ now: () => now });
  const cell = store.instruments("a").histogram(times)({});
  cell.record(0.5, span("0000000000000001"));
  cell.record(0.6, span("0000000000000002"));
  now = 6000;
  cell.record(20, span("0000000000000003"));
  cell.record(21, span("0000000000000004", TraceFlags.NONE));
  cell.record(22);
  const [metric] = store.view();
  const [series] = metric?.kind === "histogram" ? metric.series : [];
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  expect(series?.exemplars).toEqual([
    { traceId, spanId: "0000000000000002", value: 0.6, timeMs: 5000 },
    undefined,
    { traceId, spanId: "0000000000000003", value: 20, timeMs: 6000 },
  ]);
});

test("createMetricStore() keeps no span when 'exemplars' is false", () => {
  const store = createMetricStore({ exemplars: false });
  store.instruments("a").histogram(times)({}).record(1, span("0000000000000001"));
  const [metric] = store.view();
  const [series] = metric?.kind === "histogram" ? metric.series : [];
  expect([series?.count, series?.exemplars]).toEqual([1, undefined]);
});

test("createMetricStore() tells once per instrument that it ignores a value", () => {
  const warn = vi.fn();
  const silent = () => {};
  diag.setLogger(
    { error: silent, warn, info: silent, debug: silent, verbose: silent },
    DiagLogLevel.WARN,
  );
  onTestFinished(() => diag.disable());
  const cell = createMetricStore().instruments("a").histogram(times)({});
  cell.record(Number.NaN);
  cell.record(Number.POSITIVE_INFINITY);
  expect(warn.mock.calls).toEqual([
    ["@labwire/otelkit: The histogram 'duration' does not take NaN, nor other values like it"],
  ]);
});

/** What the SDK's own exponential histogram makes of the values. */
async function sdkExponential(values: readonly number[]) {
  class ExponentialReader extends MetricReader {
    protected override async onForceFlush(): Promise<void> {}
    protected override async onShutdown(): Promise<void> {}
  }
  const reader = new ExponentialReader({
    aggregationSelector: (type) =>
      type === InstrumentType.HISTOGRAM
        ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
        : { type: AggregationType.DEFAULT },
  });
  const meter = new MeterProvider({ readers: [reader] }).getMeter("a");
  const histogram = meter.createHistogram("duration");
  for (const value of values) histogram.record(value);
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value as ExponentialHistogram;
}

/** Numbers of a fixed sequence, from 0 to 1. */
function createRandom(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const random = createRandom();
const samples: [string, number[]][] = [
  ["one value", [0.25]],
  ["zeros alone", [0, 0]],
  ["zeros among others", [0, 1, 0, 2]],
  ["powers of two", Array.from({ length: 40 }, (_, i) => 2 ** (i - 20))],
  ["milliseconds as seconds", Array.from({ length: 2000 }, () => random() ** 3 / 10)],
  ["all that a number can be", [5e-324, 2 ** -1022, 1e-100, 1, 1e100, Number.MAX_VALUE]],
  ["falling values", Array.from({ length: 300 }, (_, i) => 1000 / (i + 1))],
];

test.each(samples)(
  "createMetricStore() has the exponential buckets of the SDK for %s",
  async (_, values) => {
    const store = createMetricStore({ histograms: "exponential" });
    const cell = store.instruments("a").histogram(times)({});
    for (const value of values) cell.record(value);
    const actual = (await firstPoint(store))?.value as ExponentialHistogram;
    const expected = await sdkExponential(values);
    expect(trimmed(actual)).toEqual(trimmed(expected));
    expect(actual.positive.bucketCounts.length).toBeLessThanOrEqual(160);
  },
);

/** Sums are compared at the precision that they have in any order of adding. */
function trimmed({ sum, ...histogram }: ExponentialHistogram) {
  return { ...histogram, sum: sum?.toPrecision(12) };
}

test.each<[MetricStoreOptions, string]>([
  [
    { cardinalityLimit: 1 },
    "Cannot create a metric store as 'cardinalityLimit' must be an integer from 2: current value is 1",
  ],
  [
    { histogramBoundaries: { duration: [2, 1] } },
    "Cannot create a metric store as 'histogramBoundaries' of 'duration' must be ascending numbers: current value is [2,1]",
  ],
  [
    { histogramBoundaries: { duration: 5 as never } },
    "Cannot create a metric store as 'histogramBoundaries' of 'duration' must be ascending numbers: current value is [5]",
  ],
  [
    { histograms: "native" as never },
    "Cannot create a metric store as 'histograms' must be 'explicit' or 'exponential': current value is 'native'",
  ],
])("createMetricStore() refuses %j", (options, message) => {
  expect(() => createMetricStore(options)).toThrow(
    new OtelkitError(message, { code: "invalid_option" }),
  );
});
