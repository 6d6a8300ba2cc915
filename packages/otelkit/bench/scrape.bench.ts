// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What a scrape costs, with everything but the socket: median time, and the longest that the event
// loop stands still meanwhile.
// node --conditions=@labwire/source packages/otelkit/bench/scrape.bench.ts

import { createMetricStore, PrometheusReader } from "@labwire/otelkit/prometheus";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { AggregationTemporality, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { Counter, Histogram, Registry } from "prom-client";

const rounds = 21;
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

interface Series {
  readonly instrument: string;
  readonly attributes: Record<string, string>;
}

/** Four labels each, as calls have them. Below 2000 an instrument, the limit of OpenTelemetry. */
function createSeries(count: number, perInstrument: number): Series[] {
  return Array.from({ length: count }, (_, i) => ({
    instrument: `bench_${Math.floor(i / perInstrument)}`,
    attributes: {
      rpc_system_name: "grpc",
      rpc_method: `labwire.testdata.v1.Service${Math.floor(i / 20)}/Method${i % 20}`,
      rpc_status_code: i % 3 === 0 ? "UNAVAILABLE" : "OK",
      instance: `host-${i % 7}`,
    },
  }));
}

// A histogram series is 14 buckets, one more for the rest, the count and the sum: 17 lines.
const workloads = [
  { name: "10 000 counters", kind: "counter" as const, series: createSeries(10_000, 1000) },
  { name: "10 000 histogram lines", kind: "histogram" as const, series: createSeries(588, 588) },
];

type Scrape = () => Promise<number>;
type Kind = (typeof workloads)[number]["kind"];

class BenchReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function fillSdk(provider: MeterProvider, kind: Kind, series: readonly Series[]): void {
  const meter = provider.getMeter("bench");
  for (const { instrument, attributes } of series) {
    if (kind === "counter") meter.createCounter(instrument).add(1, attributes);
    else {
      const advice = { explicitBucketBoundaries: boundaries };
      meter.createHistogram(instrument, { advice }).record(0.03, attributes);
    }
  }
}

function exporterPrometheus(kind: Kind, series: readonly Series[]): Scrape {
  const reader = new BenchReader({
    aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
  });
  fillSdk(new MeterProvider({ readers: [reader] }), kind, series);
  const serializer = new PrometheusSerializer("", false, undefined, false, true);
  return async () => {
    const { resourceMetrics } = await reader.collect();
    return Buffer.from(serializer.serialize(resourceMetrics)).length;
  };
}

function promClient(kind: Kind, series: readonly Series[]): Scrape {
  const registry = new Registry();
  const labelNames = Object.keys(series[0]?.attributes ?? {});
  const metrics = new Map<string, { count(labels: Series["attributes"]): void }>();
  for (const { instrument: name, attributes } of series) {
    let metric = metrics.get(name);
    if (metric === undefined) {
      const options = { name, help: name, labelNames, registers: [registry] };
      if (kind === "counter") {
        const counter = new Counter(options);
        metric = { count: (labels) => counter.inc(labels) };
      } else {
        const histogram = new Histogram({ ...options, buckets: boundaries });
        metric = { count: (labels) => histogram.observe(labels, 0.03) };
      }
      metrics.set(name, metric);
    }
    metric.count(attributes);
  }
  return async () => Buffer.from(await registry.metrics()).length;
}

function readerOverSdk(accept: string) {
  return (kind: Kind, series: readonly Series[]): Scrape => {
    const reader = new PrometheusReader();
    fillSdk(new MeterProvider({ readers: [reader] }), kind, series);
    return () => lengthOf(reader, accept);
  };
}

function readerOverStore(accept: string) {
  return (kind: Kind, series: readonly Series[]): Scrape => {
    const store = createMetricStore();
    const reader = new PrometheusReader({ metricProducers: [store] });
    new MeterProvider({ readers: [reader] });
    const instruments = store.instruments("bench");
    for (const { instrument: name, attributes } of series) {
      const definition = { name, kind, unit: "", description: name, boundaries };
      if (kind === "counter") instruments.counter(definition)(attributes).add(1);
      else instruments.histogram(definition)(attributes).record(0.03);
    }
    return () => lengthOf(reader, accept);
  };
}

async function lengthOf(reader: PrometheusReader, accept: string): Promise<number> {
  const { chunks } = await reader.scrape(accept);
  return chunks.reduce((total, { byteLength }) => total + byteLength, 0);
}

const protobuf =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
// Twice the baseline: how far apart the two are is how far to trust the rest.
const candidates = [
  { name: "exporter-prometheus", create: exporterPrometheus },
  { name: "exporter-prometheus again", create: exporterPrometheus },
  { name: "prom-client", create: promClient },
  { name: "our reader, SDK data", create: readerOverSdk("text/plain") },
  { name: "our reader, store", create: readerOverStore("text/plain") },
  { name: "the same, OpenMetrics", create: readerOverStore("application/openmetrics-text") },
  { name: "the same, protobuf", create: readerOverStore(protobuf) },
];

/** Runs a scrape, and says how long it took and how long the event loop stood still at most. */
async function measure(scrape: Scrape) {
  let longestMs = 0;
  let isRunning = true;
  let last = performance.now();
  function look(): void {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (isRunning) setImmediate(look);
  }
  setImmediate(look);
  await new Promise((resolve) => setImmediate(resolve));
  longestMs = 0;
  const start = performance.now();
  last = start;
  const bytes = await scrape();
  const end = performance.now();
  isRunning = false;
  return { timeMs: end - start, blockMs: Math.max(longestMs, end - last), bytes };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (const { name, kind, series } of workloads) {
  const runs = candidates.map((candidate) => ({
    name: candidate.name,
    scrape: candidate.create(kind, series),
    times: [] as number[],
    blocks: [] as number[],
    bytes: 0,
  }));
  for (let round = -3; round < rounds; round++) {
    for (const run of runs) {
      const { timeMs, blockMs, bytes } = await measure(run.scrape);
      // The first rounds are the compiler's.
      if (round < 0) continue;
      run.times.push(timeMs);
      run.blocks.push(blockMs);
      run.bytes = bytes;
    }
  }
  const baseline = median(runs[0]?.times ?? []);
  console.log(`${name}: median of ${rounds} interleaved rounds`);
  for (const run of runs) {
    const columns = [
      `${median(run.times).toFixed(1).padStart(6)} ms`,
      `${(median(run.times) / baseline).toFixed(2).padStart(5)} x exporter-prometheus`,
      `longest block ${median(run.blocks).toFixed(2).padStart(6)} ms`,
      `${(run.bytes / 1024).toFixed(0).padStart(5)} KiB`,
    ];
    console.log(`  ${run.name.padEnd(26)} ${columns.join("  ")}`);
  }
}
