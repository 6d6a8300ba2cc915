// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { diag } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import type { InstrumentDefinition } from "../instruments/instruments.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { createMetricStore, type MetricStoreOptions } from "../store/create-metric-store.ts";
import { calls, duration, span } from "./instruments.testing.ts";
import { PrometheusReader, type PrometheusReaderOptions } from "./prometheus-reader.ts";
import { collectWarnings } from "./warnings.testing.ts";

const openMetrics = "application/openmetrics-text;version=1.0.0";
const level: InstrumentDefinition = { ...calls, name: "my.level", kind: "updowncounter" };

/** A reader over a store and over the SDK's instruments. */
function createReader(
  options: PrometheusReaderOptions = {},
  { ...storeOptions }: MetricStoreOptions = {},
) {
  const store = createMetricStore({ now: () => 1_700_000_000_500, ...storeOptions });
  const { metricProducers = [], ...rest } = options;
  const reader = new PrometheusReader({
    targetInfo: false,
    metricProducers: [store, ...metricProducers],
    ...rest,
  });
  const resource = resourceFromAttributes({ "service.name": "video-api", "host.id": 7 });
  const provider = new MeterProvider({ readers: [reader], resource });
  async function page(accept?: string): Promise<string> {
    const { chunks } = await reader.scrape(accept);
    return Buffer.concat(chunks).toString();
  }
  return { reader, page, instruments: store.instruments("mine", "1.2"), provider };
}

test("scrape() writes text 0.0.4 by default", async () => {
  const { page, instruments } = createReader({ targetInfo: true });
  instruments.counter(calls)({ "rpc.method": 'a\\"\n' }).add(3);
  instruments.counter(level)({}).add(-2);
  const cell = instruments.histogram(duration)({ kind: "a" });
  for (const value of [0.25, 0.5, 4]) cell.record(value, span);
  expect(await page()).toBe(`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{host_id="7",service_name="video-api"} 1
# HELP my_calls_total Calls\\nthat came
# TYPE my_calls_total counter
my_calls_total{rpc_method="a\\\\\\"\\n"} 3
# HELP my_level Calls\\nthat came
# TYPE my_level gauge
my_level -2
# HELP my_duration_seconds How "long"
# TYPE my_duration_seconds histogram
my_duration_seconds_bucket{kind="a",le="0.5"} 2
my_duration_seconds_bucket{kind="a",le="1"} 2
my_duration_seconds_bucket{kind="a",le="+Inf"} 3
my_duration_seconds_sum{kind="a"} 4.75
my_duration_seconds_count{kind="a"} 3
`);
});

test("scrape() writes OpenMetrics to who accepts it, with exemplars", async () => {
  const { page, instruments } = createReader({ targetInfo: true, createdSeries: true });
  instruments.counter(calls)({}).add(3);
  instruments.counter(level)({}).add(-2);
  const cell = instruments.histogram(duration)({ kind: "a" });
  cell.record(0.25, span);
  cell.record(4, span);
  const exemplar = '# {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"}';
  expect(await page(openMetrics)).toBe(`# HELP target Target metadata
# TYPE target info
target_info{host_id="7",service_name="video-api"} 1
# HELP my_calls Calls\\nthat came
# TYPE my_calls counter
my_calls_total 3
my_calls_created 1700000000.5
# HELP my_level Calls\\nthat came
# TYPE my_level gauge
my_level -2
# HELP my_duration_seconds How \\"long\\"
# TYPE my_duration_seconds histogram
# UNIT my_duration_seconds seconds
my_duration_seconds_bucket{kind="a",le="0.5"} 1 ${exemplar} 0.25 1700000000.5
my_duration_seconds_bucket{kind="a",le="1.0"} 1
my_duration_seconds_bucket{kind="a",le="+Inf"} 2 ${exemplar} 4 1700000000.5
my_duration_seconds_sum{kind="a"} 4.25
my_duration_seconds_count{kind="a"} 2
my_duration_seconds_created{kind="a"} 1700000000.5
# EOF
`);
});

test("scrape() says the format in the content type", async () => {
  const { reader } = createReader();
  expect([
    (await reader.scrape()).contentType,
    (await reader.scrape(openMetrics)).contentType,
  ]).toEqual([
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
  ]);
});

test.each([undefined, openMetrics])(
  "scrape() writes the same of the SDK and of a store to %s",
  async (accept) => {
    const ours = createReader();
    const sdk = createReader();
    const meter = sdk.provider.getMeter("mine", "1.2");
    const { description, unit } = duration;
    const advice = { explicitBucketBoundaries: [...(duration.boundaries ?? [])] };
    const counter = meter.createCounter(calls.name, {
      description: calls.description,
      unit: calls.unit,
    });
    const histogram = meter.createHistogram(duration.name, { description, unit, advice });
    const attributes = { "rpc.method": "a", retried: false };
    for (const value of [0.1, 0.7, 12]) {
      ours.instruments.counter(calls)(attributes).add(value);
      counter.add(value, attributes);
      ours.instruments.histogram(duration)(attributes).record(value);
      histogram.record(value, attributes);
    }
    const text = await ours.page(accept);
    expect(await sdk.page(accept)).toBe(text);
    expect(text.split("\n").length).toBeGreaterThan(10);
  },
);

test("scrape() shows what the SDK's other instruments tell", async () => {
  const { page, provider } = createReader();
  const meter = provider.getMeter("mine");
  meter.createObservableGauge("heat", { unit: "Cel" }).addCallback((result) => {
    result.observe(Number.POSITIVE_INFINITY, { of: "sun" });
    result.observe(Number.NaN, { of: "nothing" });
    result.observe(-0.5, { of: "ice" });
  });
  expect(await page()).toBe(`# HELP heat_celsius No description
# TYPE heat_celsius gauge
heat_celsius{of="sun"} +Inf
heat_celsius{of="nothing"} NaN
heat_celsius{of="ice"} -0.5
`);
});

test("scrape() leaves out counters that are NaN, which OpenMetrics forbids, with a warning", async () => {
  const warnings = collectWarnings();
  const { page, provider } = createReader();
  const counter = provider.getMeter("mine").createObservableCounter("things");
  counter.addCallback((result) => {
    result.observe(Number.NaN, { of: "nothing" });
    result.observe(1, { of: "something" });
  });
  expect((await page()).match(/^[^#].*/gm)).toEqual(['things_total{of="something"} 1']);
  expect(warnings).toEqual([
    "@labwire/otelkit: A series of the counter 'things' is not on the page, as its value is NaN",
  ]);
});

test("scrape() writes nothing of instruments that have no series", async () => {
  const { page, instruments, provider } = createReader();
  instruments.histogram(duration)({});
  instruments.counter(calls);
  provider.getMeter("mine").createCounter("things");
  expect([await page(), await page(openMetrics)]).toEqual(["", "# EOF\n"]);
});

test("scrape() writes an exponential histogram as buckets, with its exemplar", async () => {
  const { page, instruments } = createReader({}, { histograms: "exponential" });
  const cell = instruments.histogram(duration)({});
  for (const value of [0, 0, 1, 2]) cell.record(value);
  cell.record(4, span);
  expect((await page()).split("\n").slice(2, 6)).toEqual([
    'my_duration_seconds_bucket{le="0"} 2',
    'my_duration_seconds_bucket{le="1"} 3',
    expect.stringMatching(/^my_duration_seconds_bucket\{le="1\.\d+"\} 3$/),
    expect.stringMatching(/^my_duration_seconds_bucket\{le="1\.\d+"\} 3$/),
  ]);
  const lines = (await page(openMetrics)).split("\n");
  expect(lines.filter((line) => /le="(2\.0|4\.0|\+Inf)"|_sum|_count/.test(line))).toEqual([
    'my_duration_seconds_bucket{le="2.0"} 4',
    expect.stringMatching(/^my_duration_seconds_bucket\{le="4\.0"\} 5 # .* 4 1700000000\.5$/),
    'my_duration_seconds_bucket{le="+Inf"} 5',
    "my_duration_seconds_sum 7",
    "my_duration_seconds_count 5",
  ]);
});

test("scrape() writes at most 40 buckets of an exponential histogram", async () => {
  const { page, provider } = createReader({ histograms: "exponential" });
  const histogram = provider.getMeter("mine").createHistogram("wide");
  for (let i = 1; i <= 1000; i++) histogram.record(i);
  const buckets = (await page()).split("\n").filter((line) => line.includes("_bucket"));
  expect(buckets.length).toBeGreaterThan(20);
  expect(buckets.length).toBeLessThanOrEqual(41);
  for (const line of buckets) {
    const [, bound, count] = /le="(.*)"\} (\d+)$/.exec(line) ?? [];
    const below = bound === "+Inf" ? 1000 : Math.min(1000, Math.floor(Number(bound) + 1e-9));
    expect(Number(count)).toBe(below);
  }
});

test("scrape() labels series by their scope when 'scopeLabels' is set", async () => {
  const { page, instruments, provider } = createReader({ scopeLabels: true });
  instruments.counter(calls)({ "otel.scope.name": "a lie" }).add(1);
  provider.getMeter("other").createCounter("my.calls").add(2, { a: "b" });
  expect((await page()).split("\n").slice(2, 4)).toEqual([
    'my_calls_total{otel_scope_name="mine",otel_scope_version="1.2"} 1',
    'my_calls_total{a="b",otel_scope_name="other"} 2',
  ]);
});

test("scrape() keeps attributes that are named as scope labels when there are none", async () => {
  const { page, instruments } = createReader();
  instruments.counter(calls)({ "otel.scope.name": "mine" }).add(1);
  expect((await page()).split("\n")[2]).toBe('my_calls_total{otel_scope_name="mine"} 1');
});

test("scrape() puts 'prefix' before every name but target_info", async () => {
  const { page, instruments } = createReader({ prefix: "app", targetInfo: true });
  instruments.counter(calls)({}).add(1);
  expect((await page()).match(/^\w+/gm)).toEqual(["target_info", "app_my_calls_total"]);
});

test.each([
  ["text/plain;version=1.0.0;escaping=allow-utf-8", '{"my.calls","rpc.method"="a"} 1'],
  ["text/plain;version=1.0.0;escaping=dots", 'my_dot_calls{rpc_dot_method="a"} 1'],
  ["text/plain;version=0.0.4", 'my_calls{rpc_method="a"} 1'],
])("scrape() without translation writes names for %s", async (accept, line) => {
  const { page, instruments } = createReader({ translation: "NoTranslation" });
  instruments.counter(calls)({ "rpc.method": "a" }).add(1);
  instruments.histogram(duration)({}).record(1);
  const lines = (await page(accept)).split("\n");
  expect(lines[2]).toBe(line);
  const name = line.includes('{"') ? '"my.calls"' : line.slice(0, line.indexOf("{"));
  expect(lines[1]).toBe(`# TYPE ${name} counter`);
});

test("scrape() quotes the names of histograms that are not translated", async () => {
  const { page, instruments } = createReader({ translation: "NoTranslation" });
  instruments.counter(calls)({}).add(1);
  instruments.histogram(duration)({}).record(1);
  expect((await page(`${openMetrics};escaping=allow-utf-8`)).match(/^[^#].*/gm)).toEqual([
    '{"my.calls"} 1',
    '{"my.duration_bucket",le="0.5"} 0',
    '{"my.duration_bucket",le="1.0"} 1',
    '{"my.duration_bucket",le="+Inf"} 1',
    '{"my.duration_sum"} 1',
    '{"my.duration_count"} 1',
  ]);
});

test("scrape() calls counters unknown to OpenMetrics when they cannot be counters there", async () => {
  const plain = createReader({ translation: "UnderscoreEscapingWithoutSuffixes" });
  plain.instruments.counter(calls)({}).add(1);
  expect((await plain.page(openMetrics)).split("\n")[1]).toBe("# TYPE my_calls unknown");

  const twins = createReader({ createdSeries: true });
  twins.instruments.counter(calls)({}).add(1);
  twins.instruments
    .counter({ ...level, name: "my.calls" })({})
    .add(2);
  twins.instruments
    .histogram({ ...duration, name: "target", unit: "" })({})
    .record(1);
  expect((await twins.page(openMetrics)).match(/^(# TYPE|my_calls).*/gm)).toEqual([
    "# TYPE my_calls_total unknown",
    "my_calls_total 1",
    "# TYPE my_calls gauge",
    "my_calls 2",
    "# TYPE target histogram",
  ]);
});

test("scrape() gives no counter a name in OpenMetrics that another metric has", async () => {
  const { page, provider } = createReader({ targetInfo: true });
  const meter = provider.getMeter("mine");
  for (const name of ["target", "wait", "size.count", "jobs"]) {
    meter.createCounter(name, { unit: "s" }).add(1);
  }
  meter.createCounter("size.count").add(1);
  meter.createGauge("wait", { unit: "s" }).record(1);
  meter.createHistogram("size").record(1);
  meter.createGauge("jobs_seconds_created").record(1);
  expect((await page(openMetrics)).match(/^# (TYPE|UNIT).*/gm)).toEqual([
    "# TYPE target info",
    "# TYPE target_seconds counter",
    "# UNIT target_seconds seconds",
    "# TYPE wait_seconds_total unknown",
    "# TYPE wait_seconds gauge",
    "# UNIT wait_seconds seconds",
    "# TYPE size_count_seconds counter",
    "# UNIT size_count_seconds seconds",
    "# TYPE size_count_total unknown",
    "# TYPE jobs_seconds_total unknown",
    "# TYPE size histogram",
    "# TYPE jobs_seconds_created gauge",
  ]);

  const { page: targetPage, instruments } = createReader({ targetInfo: true });
  instruments
    .counter({ ...calls, name: "target" })({})
    .add(1);
  expect((await targetPage(openMetrics)).match(/^# TYPE.*/gm)).toEqual([
    "# TYPE target info",
    "# TYPE target_total unknown",
  ]);
});

test("scrape() joins instruments of one name and type, and drops others with a warning", async () => {
  const warnings = collectWarnings();
  const { page, instruments, provider } = createReader();
  instruments
    .counter({ ...calls, description: "" })({ kind: "a" })
    .add(1);
  const other = provider.getMeter("other");
  other.createCounter("my_calls", { description: "Calls" }).add(2, { kind: "b" });
  other.createCounter("my-calls").add(4, { kind: "a" });
  other.createGauge("my.calls.total").record(8);
  instruments.histogram(duration)({}).record(1);
  other.createGauge("my.duration.seconds.count").record(16);
  const text = await page();
  await page();
  expect(text.split("\n").slice(0, 4)).toEqual([
    "# HELP my_calls_total Calls",
    "# TYPE my_calls_total counter",
    'my_calls_total{kind="a"} 1',
    'my_calls_total{kind="b"} 2',
  ]);
  expect(text).not.toMatch(/ (4|8|16)$/m);
  expect(warnings.sort()).toEqual([
    "@labwire/otelkit: A series of 'my-calls' is not on the page: another one has the labels kind=\"a\"",
    "@labwire/otelkit: The gauge 'my.calls.total' is not on the page: the counter 'my_calls_total' has its names",
    "@labwire/otelkit: The gauge 'my.duration.seconds.count' is not on the page: the histogram 'my_duration_seconds' has its names",
  ]);
});

test("scrape() knows a series again whose labels are in another order", async () => {
  const warnings = collectWarnings();
  const { page, provider } = createReader();
  provider.getMeter("mine").createCounter("things").add(1, { a: "1", b: "2" });
  provider.getMeter("other").createCounter("things").add(2, { b: "2", a: "1" });
  expect((await page()).match(/^[^#].*/gm)).toEqual(['things_total{a="1",b="2"} 1']);
  expect(warnings).toHaveLength(1);
});

test("scrape() leaves out deltas and unknown kinds of other producers, with a warning", async () => {
  const warnings = collectWarnings();
  const head = (name: string) => ({
    descriptor: { name, description: "", unit: "", valueType: 1 },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  });
  const point = { startTime: [0, 0] as [number, number], endTime: [1, 0] as [number, number] };
  const metrics = [
    {
      ...head("deltas"),
      aggregationTemporality: AggregationTemporality.DELTA,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [{ ...point, attributes: {}, value: 1 }],
    },
    { ...head("summary"), dataPointType: 17, dataPoints: [] },
    {
      ...head("bounded"),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [
        {
          ...point,
          attributes: { le: "mine" },
          value: {
            buckets: { boundaries: [1, Number.POSITIVE_INFINITY], counts: [1, 2, 0] },
            count: 3,
          },
        },
      ],
    },
  ] as unknown as MetricData[];
  const producer: MetricProducer = {
    collect: async () => ({
      resourceMetrics: {
        resource: resourceFromAttributes({}),
        scopeMetrics: [{ scope: { name: "producer" }, metrics }],
      },
      errors: [],
    }),
  };
  const { page } = createReader({ metricProducers: [producer] });
  expect((await page()).match(/^[^#].*/gm)).toEqual([
    'bounded_bucket{exported_le="mine",le="1"} 1',
    'bounded_bucket{exported_le="mine",le="+Inf"} 3',
    'bounded_count{exported_le="mine"} 3',
  ]);
  expect(warnings).toEqual([
    "@labwire/otelkit: The metric 'deltas' is not on the page, as it is told in deltas",
    "@labwire/otelkit: The metric 'summary' is not on the page: its kind is unknown",
  ]);
});

test("scrape() leaves out what fails or hangs, with an error, and shows the rest", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const error = vi.fn();
  const silent = () => {};
  diag.setLogger({ error, warn: silent, info: silent, debug: silent, verbose: silent });
  onTestFinished(() => diag.disable());
  const broken = { collect: () => Promise.reject(new Error("no connection")) };
  const { page, provider } = createReader({ metricProducers: [broken] });
  const meter = provider.getMeter("mine");
  meter.createCounter("things").add(1);
  const hung = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  meter.createObservableGauge("queue").addCallback(() => {
    asked.resolve();
    return hung.promise;
  });
  meter.createObservableGauge("heat").addCallback(() => {
    throw new Error("no sensor");
  });
  const text = page();
  await asked.promise;
  await vi.advanceTimersByTimeAsync(8000);
  expect((await text).match(/^[^#].*/gm)).toEqual(["things_total 1"]);
  expect(error.mock.calls.map(([, reason]) => reason.message).sort()).toEqual([
    "Operation timed out.",
    "no connection",
    "no sensor",
  ]);
});

test("scrape() lets others have the process between chunks, which end between series", async () => {
  const { reader, instruments } = createReader();
  const cellsOf = instruments.histogram(duration);
  for (let n = 0; n < 1500; n++)
    cellsOf({ method: `a.long.name.of.a.package.Service/M${n}` }).record(n);
  let turns = 0;
  let isDone = false;
  const turn = () => {
    turns++;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const { chunks } = await reader.scrape();
  isDone = true;
  const texts = chunks.map((chunk) => Buffer.from(chunk).toString());
  expect(texts.length).toBeGreaterThan(5);
  expect(turns).toBeGreaterThanOrEqual(texts.length - 1);
  for (const text of texts.slice(0, -1)) {
    expect(text.length).toBeLessThan(70_000);
    expect(text.split("\n").at(-2)).toMatch(/^my_duration_seconds_count/);
  }
  expect(texts.join("").match(/_count\{/g)).toHaveLength(1500);
});

test("collect() gives the stores' metrics as well", async () => {
  const { reader, instruments, provider } = createReader();
  instruments.counter(calls)({}).add(1);
  provider.getMeter("other").createCounter("things").add(1);
  const { scopeMetrics } = (await reader.collect()).resourceMetrics;
  expect(scopeMetrics.map(({ scope }) => scope.name)).toEqual(["other", "mine"]);
});

test("scrape() rejects before there is a provider, and after its shutdown", async () => {
  const early = new PrometheusReader();
  await expect(early.scrape()).rejects.toThrow("not bound");
  const { reader, provider } = createReader();
  await provider.shutdown();
  await expect(reader.scrape()).rejects.toThrow("shutdown");
});

test.each<[PrometheusReaderOptions, string]>([
  [
    { prefix: "2 things" },
    "Cannot create a Prometheus reader as 'prefix' must be letters, digits and '_', and begin with no digit: current value is '2 things'",
  ],
  [
    { translation: "none" as "NoTranslation" },
    "Cannot create a Prometheus reader as 'translation' must be one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation: current value is 'none'",
  ],
  [
    { histograms: "native" as "explicit" },
    "Cannot create a Prometheus reader as 'histograms' must be 'explicit' or 'exponential': current value is 'native'",
  ],
])("PrometheusReader refuses %j", (options, message) => {
  expect(() => new PrometheusReader(options)).toThrow(
    new OtelkitError(message, { code: "invalid_option" }),
  );
});
