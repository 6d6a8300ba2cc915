// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { toJson } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream } from "@bufbuild/protobuf/wire";
import {
  type Histogram,
  type MetricFamily,
  MetricFamilySchema,
} from "@labwire/testdata/prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { createMetricStore, type MetricStoreOptions } from "../store/create-metric-store.ts";
import { calls, duration as described, span } from "./instruments.testing.ts";
import { PrometheusReader, type PrometheusReaderOptions } from "./prometheus-reader.ts";
import { collectWarnings } from "./warnings.testing.ts";

const accept =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

const duration = { ...described, description: "" };

function createReader(
  options: PrometheusReaderOptions = {},
  storeOptions: MetricStoreOptions = {},
) {
  const store = createMetricStore({ now: () => 1_700_000_000_500, ...storeOptions });
  const reader = new PrometheusReader({ targetInfo: false, metricProducers: [store], ...options });
  const resource = resourceFromAttributes({ "service.name": "video-api" });
  const provider = new MeterProvider({ readers: [reader], resource });
  async function families(): Promise<MetricFamily[]> {
    const { contentType, chunks } = await reader.scrape(accept);
    expect(contentType).toMatch(/^application\/vnd\.google\.protobuf; proto=io\.prometheus/);
    async function* bytes() {
      yield* chunks;
    }
    const decoded: MetricFamily[] = [];
    for await (const family of sizeDelimitedDecodeStream(MetricFamilySchema, bytes())) {
      decoded.push(family);
    }
    return decoded;
  }
  return { reader, families, instruments: store.instruments("mine"), provider };
}

async function firstHistogram(families: () => Promise<MetricFamily[]>): Promise<Histogram> {
  const histogram = (await families())[0]?.metric[0]?.histogram;
  if (histogram === undefined) throw new Error("Cannot find a histogram");
  return histogram;
}

test("scrape() writes families in protobuf to who accepts it", async () => {
  const { families, instruments } = createReader({ targetInfo: true, scopeLabels: true });
  instruments.counter(calls)({ "rpc.method": "a" }).add(3);
  instruments
    .counter({ ...calls, name: "level", kind: "updowncounter" })({})
    .add(-2);
  const cell = instruments.histogram(duration)({ le: "mine" });
  for (const value of [0.25, 4]) cell.record(value, span);
  const scope = { name: "otel_scope_name", value: "mine" };
  const timestamp = "2023-11-14T22:13:20.500Z";
  const exemplar = (value: number) => ({
    label: [
      { name: "trace_id", value: span.traceId },
      { name: "span_id", value: span.spanId },
    ],
    value,
    timestamp,
  });
  expect((await families()).map((family) => toJson(MetricFamilySchema, family))).toEqual([
    {
      name: "target_info",
      help: "Target metadata",
      type: "GAUGE",
      metric: [{ label: [{ name: "service_name", value: "video-api" }], gauge: { value: 1 } }],
    },
    {
      name: "my_calls_total",
      help: "Calls\nthat came",
      type: "COUNTER",
      metric: [
        {
          label: [{ name: "rpc_method", value: "a" }, scope],
          counter: { value: 3, createdTimestamp: timestamp },
        },
      ],
    },
    {
      name: "level",
      help: "Calls\nthat came",
      type: "GAUGE",
      metric: [{ label: [scope], gauge: { value: -2 } }],
    },
    {
      name: "my_duration_seconds",
      help: "No description",
      type: "HISTOGRAM",
      unit: "seconds",
      metric: [
        {
          label: [{ name: "exported_le", value: "mine" }, scope],
          histogram: {
            sampleCount: "2",
            sampleSum: 4.25,
            bucket: [
              { cumulativeCount: "1", upperBound: 0.5, exemplar: exemplar(0.25) },
              { cumulativeCount: "1", upperBound: 1 },
              { cumulativeCount: "2", upperBound: "Infinity", exemplar: exemplar(4) },
            ],
            createdTimestamp: timestamp,
          },
        },
      ],
    },
  ]);
});

/** Counts of a native histogram's buckets by their index. */
function counts({ positiveSpan, positiveDelta }: Histogram): Record<number, number> {
  const found: Record<number, number> = {};
  let index = 0;
  let count = 0n;
  let next = 0;
  for (const { offset, length } of positiveSpan) {
    index += offset;
    for (let i = 0; i < length; i++) {
      count += positiveDelta[next++] ?? 0n;
      if (count !== 0n) found[index] = Number(count);
      index++;
    }
  }
  expect(next).toBe(positiveDelta.length);
  return found;
}

test("scrape() writes exponential histograms as native ones, with buckets for others", async () => {
  const { families, instruments } = createReader({}, { histograms: "exponential" });
  const cell = instruments.histogram(duration)({});
  for (const value of [0, 0, 1, 2, 2, 1024]) cell.record(value);
  cell.record(2 ** 30, span);
  const histogram = await firstHistogram(families);
  const { schema, zeroThreshold, zeroCount, sampleCount, sampleSum, exemplars } = histogram;
  expect({ schema, zeroThreshold, zeroCount, sampleCount, sampleSum }).toEqual({
    schema: 2,
    zeroThreshold: 0,
    zeroCount: 2n,
    sampleCount: 7n,
    sampleSum: 1029 + 2 ** 30,
  });
  // Bucket `i` ends at `2 ** (i / 4)`.
  expect(counts(histogram)).toEqual({ 0: 1, 4: 2, 40: 1, 120: 1 });
  expect(exemplars.map(({ value }) => value)).toEqual([2 ** 30]);
  expect(histogram.bucket.at(0)).toMatchObject({ upperBound: 0, cumulativeCount: 2n });
  expect(histogram.bucket.at(-1)?.cumulativeCount).toBe(7n);
});

test("scrape() coarsens a native histogram to what Prometheus knows", async () => {
  const { families, instruments } = createReader({}, { histograms: "exponential" });
  instruments.histogram(duration)({}).record(1.5);
  const histogram = await firstHistogram(families);
  expect(histogram.schema).toBe(8);
  expect(counts(histogram)).toEqual({ [Math.ceil(Math.log2(1.5) * 256)]: 1 });
});

test("scrape() writes a native histogram of all that a number can be", async () => {
  const { families, instruments } = createReader({}, { histograms: "exponential" });
  const cell = instruments.histogram(duration)({});
  for (const value of [2 ** -1000, 2 ** 1000, 1]) cell.record(value);
  const histogram = await firstHistogram(families);
  expect(histogram.schema).toBe(-4);
  // Bucket `i` ends at `2 ** (16 * i)`.
  expect(counts(histogram)).toEqual({ [-62]: 1, 0: 1, 63: 1 });
});

test("scrape() marks a histogram of zeros alone as a native one", async () => {
  const { families, instruments } = createReader({}, { histograms: "exponential" });
  instruments.histogram(duration)({}).record(0);
  const { zeroCount, positiveSpan } = await firstHistogram(families);
  expect([zeroCount, positiveSpan.map(({ offset, length }) => [offset, length])]).toEqual([
    1n,
    [[0, 0]],
  ]);
});

test("scrape() writes counts beyond 32 bits in protobuf", async () => {
  const { families, instruments } = createReader();
  const cell = instruments.histogram(duration)({}) as unknown as {
    record(value: number): void;
    count: number;
    counts: Float64Array;
  };
  cell.record(0.1);
  cell.count = 2 ** 40;
  cell.counts[0] = 2 ** 40;
  const { sampleCount, bucket } = await firstHistogram(families);
  expect([sampleCount, bucket[0]?.cumulativeCount]).toEqual([2n ** 40n, 2n ** 40n]);
});

test("scrape() writes long families in protobuf in pieces, and drops twins", async () => {
  const warnings = collectWarnings();
  const { reader, families, instruments, provider } = createReader();
  const cellsOf = instruments.histogram(duration);
  for (let n = 0; n < 1500; n++) cellsOf({ method: `a.long.name.of.Service/M${n}` }).record(n);
  provider.getMeter("other").createHistogram("my_duration", { unit: "s" }).record(1, {
    method: "a.long.name.of.Service/M7",
  });
  const { chunks } = await reader.scrape(accept);
  expect(chunks.length).toBeGreaterThan(3);
  expect((await families()).map(({ metric }) => metric.length)).toEqual([1500]);
  expect(warnings).toEqual([
    `@labwire/otelkit: A series of 'my_duration' is not on the page: another one has the labels [["method","a.long.name.of.Service/M7"]]`,
  ]);
});

test("scrape() escapes names in protobuf as the scraper asks", async () => {
  const { families, instruments } = createReader({ translation: "NoTranslation" });
  instruments.counter(calls)({ "rpc.method": "a" }).add(3);
  const [family] = await families();
  expect([family?.name, family?.metric[0]?.label[0]?.name]).toEqual(["my_calls", "rpc_method"]);
});
