// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Server, startServer, toolPath } from "@labwire/servers";
import { queryPrometheus } from "@labwire/servers/monitoring";
import { type SpanContext, TraceFlags } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { InstrumentDefinition } from "../instruments/instruments.ts";
import { createMetricStore } from "../store/create-metric-store.ts";
import { attachStore } from "../store/store-of.ts";
import { createMetricsHandler } from "./metrics-handler.ts";
import { PrometheusReader, type PrometheusReaderOptions } from "./prometheus-reader.ts";

const openMetrics = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
const plainText = "text/plain;version=1.0.0;escaping=allow-utf-8";
const span: SpanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
};

// In CI a missing tool is a failure, not a reason to skip.
function testWith(program: string) {
  return test.skipIf(toolPath(program) === undefined && process.env.CI !== "true");
}

/** Runs a tool on a page, and gives what it printed. */
async function pipe(program: string, args: string[], page: string): Promise<string> {
  const path = toolPath(program);
  if (path === undefined) throw new Error(`Cannot find ${program}`);
  const child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(page);
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  if (child.exitCode !== 0)
    throw new Error(`${program} ended with ${child.exitCode}: ${output}${errors}`);
  return output + errors;
}

function createReader(options: PrometheusReaderOptions = {}) {
  const store = createMetricStore({ histograms: options.histograms ?? "explicit" });
  const reader = new PrometheusReader({ metricProducers: [store], ...options });
  const resource = resourceFromAttributes({ "service.name": "video-api" });
  const meterProvider = new MeterProvider({ readers: [reader], resource });
  attachStore(meterProvider, store);
  async function page(accept: string): Promise<string> {
    const { chunks } = await reader.scrape(accept);
    return Buffer.concat(chunks).toString();
  }
  return { store, reader, meterProvider, page };
}

/** Everything that is hard to write: what an escape, a quote or a name could break. */
function fill({ store, meterProvider }: ReturnType<typeof createReader>): void {
  const unit = "s";
  const instruments = store.instruments("mine", "1.0");
  const odd = { "rpc.method": 'a"b\\c\nd', größe: "ü 😀", "a.b": "1", a_b: "2", le: "x" };
  const described = { unit, description: 'Has \\ and "quotes"\nand lines' };
  const wait = instruments.histogram({
    ...described,
    kind: "histogram",
    name: "wait",
    boundaries: [0.5, 1, 2.5],
  });
  for (const value of [0, 0.5, 0.75, 1e-7, 30]) wait(odd).record(value, span);
  wait({}).record(1);
  const calls = instruments.counter({ ...described, kind: "counter", name: "calls" });
  calls(odd).add(3);
  calls({}).add(1e21);
  instruments
    .counter({ kind: "updowncounter", name: "active.calls", unit: "{call}", description: "" })({})
    .add(-1);
  const meter = meterProvider.getMeter("theirs");
  meter.createCounter("sent", { unit: "By" }).add(2 ** 40, { to: "" });
  meter.createHistogram("size", { unit: "By/s" }).record(12.5, odd);
  const heat = meter.createObservableGauge("heat.of.things", { unit: "1" });
  heat.addCallback((result) => {
    result.observe(Number.POSITIVE_INFINITY, { of: "sun" });
    result.observe(Number.NaN, { of: "nothing" });
    result.observe(-1e-9, { of: "ice" });
  });
}

interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly samples: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly value: number | string;
    readonly exemplar: { labels: Record<string, string>; value: number } | null;
  }[];
}

async function parse(format: "text" | "openmetrics", page: string): Promise<ParsedFamily[]> {
  return JSON.parse(await pipe("parse-metrics", [format], page));
}

/**
 * Samples as one comparable text each. Bounds are written `1` in one format and `1.0` in the other,
 * and the parser of plain text adds `_total` to counters that have none.
 */
function samplesOf(families: readonly ParsedFamily[]): string[] {
  return families
    .flatMap(({ samples }) => samples)
    .map(({ name, labels: { le, ...labels }, value }) => {
      const bound = le === undefined ? "" : ` le ${Number(le.replace("+Inf", "Infinity"))}`;
      return `${name.replace(/_total$/, "")} ${JSON.stringify(Object.entries(labels).sort())}${bound} ${value}`;
    })
    .sort();
}

const variants: [string, PrometheusReaderOptions][] = [
  ["by default", {}],
  ["with every option", { scopeLabels: true, createdSeries: true, prefix: "app" }],
  ["with exponential histograms", { histograms: "exponential" }],
  ["without suffixes", { translation: "UnderscoreEscapingWithoutSuffixes" }],
  ["without escapes", { translation: "NoUTF8EscapingWithSuffixes" }],
  ["without translation", { translation: "NoTranslation" }],
];

testWith("parse-metrics").each(variants)(
  "the reference parser reads OpenMetrics %s, and the same in text",
  async (_, options) => {
    const filled = createReader(options);
    fill(filled);
    const families = await parse("openmetrics", await filled.page(openMetrics));
    const plain = await parse("text", await filled.page(plainText));
    const created = /_created$/;
    expect(
      samplesOf(families).filter((sample) => !created.test(sample.split(" ", 1)[0] ?? "")),
    ).toEqual(samplesOf(plain));
    expect(families.length).toBe(7);
    const exemplars = families.flatMap(({ samples }) => samples).filter(({ exemplar }) => exemplar);
    expect(exemplars.length).toBeGreaterThan(0);
    for (const { exemplar } of exemplars) {
      expect(exemplar?.labels).toEqual({ trace_id: span.traceId, span_id: span.spanId });
    }
  },
);

testWith("parse-metrics")(
  "the reference parser finds names, types, units and escapes right",
  async () => {
    const filled = createReader();
    fill(filled);
    const families = await parse("openmetrics", await filled.page(openMetrics));
    expect(families.map(({ name, type, unit }) => [name, type, unit])).toEqual([
      ["target", "info", ""],
      ["wait_seconds", "histogram", "seconds"],
      ["calls_seconds", "counter", "seconds"],
      ["active_calls", "gauge", ""],
      ["sent_bytes", "counter", "bytes"],
      ["size_bytes_per_second", "histogram", "bytes_per_second"],
      ["heat_of_things_ratio", "gauge", ""],
    ]);
    expect(families[2]?.samples[0]).toMatchObject({
      name: "calls_seconds_total",
      labels: { rpc_method: 'a"b\\c\nd', gr_e: "ü 😀", a_b: "1;2", le: "x" },
      value: 3,
    });
  },
);

testWith("parse-metrics")("the reference parser reads names that are close to others", async () => {
  const { meterProvider, page } = createReader();
  const meter = meterProvider.getMeter("mine");
  for (const name of ["target", "wait", "size.count", "jobs"]) meter.createCounter(name).add(1);
  meter.createCounter("wait", { unit: "s" }).add(1);
  meter.createGauge("wait", { unit: "s" }).record(1);
  meter.createHistogram("size").record(1);
  meter.createGauge("jobs_created").record(1);
  const families = await parse("openmetrics", await page(openMetrics));
  expect(families.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
    "jobs_created gauge",
    "jobs_total unknown",
    "size histogram",
    "size_count_total unknown",
    "target info",
    "target_total unknown",
    "wait counter",
    "wait_seconds gauge",
    "wait_seconds_total unknown",
  ]);
});

const protocols = [
  "PrometheusText0.0.4",
  "PrometheusText1.0.0",
  "OpenMetricsText0.0.1",
  "OpenMetricsText1.0.0",
  "PrometheusProto",
];

const duration: InstrumentDefinition = {
  kind: "histogram",
  name: "duration",
  unit: "s",
  description: "",
};

/** Serves what `filled` has measured until `close`. */
async function serve({ reader }: ReturnType<typeof createReader>) {
  const server = createServer(createMetricsHandler(reader)).listen(0, "127.0.0.1");
  await once(server, "listening");
  function close(): void {
    server.close();
    server.closeAllConnections();
  }
  return { target: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

const hasPrometheus = toolPath("prometheus") !== undefined || process.env.CI === "true";

describe.skipIf(!hasPrometheus)("a real Prometheus", () => {
  let prometheus: Server;
  const closes: (() => void | Promise<void>)[] = [];

  // One server for all tests, as a new one takes five seconds to look at its first target.
  beforeAll(async () => {
    const jobs: { job_name: string; static_configs: { targets: string[] }[] }[] = [];
    for (const [name, options] of variants) {
      const filled = createReader({ ...options, createdSeries: false });
      fill(filled);
      const { target, close } = await serve(filled);
      closes.push(close);
      for (const protocol of protocols) {
        const scrape = { scrape_protocols: [protocol], static_configs: [{ targets: [target] }] };
        jobs.push({ job_name: `${name}, ${protocol}`, ...scrape });
      }
    }
    const exponential = createReader({ histograms: "exponential" });
    const cell = exponential.store.instruments("mine").histogram(duration)({});
    for (let i = 0; i <= 1000; i++) cell.record(i / 100);
    cell.record(5, span);
    const { target, close } = await serve(exponential);
    closes.push(close);
    const static_configs = [{ targets: [target] }];
    jobs.push({ job_name: "classic", static_configs });
    const native = { scrape_native_histograms: true };
    jobs.push({ job_name: "native", static_configs, ...native });

    const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
    closes.push(() => rmSync(folder, { recursive: true, force: true }));
    const configFile = join(folder, "prometheus.json");
    const global = { scrape_interval: "2s", scrape_timeout: "2s" };
    writeFileSync(configFile, JSON.stringify({ global, scrape_configs: jobs }));
    const flags = ["--enable-feature=exemplar-storage"];
    prometheus = await startServer("prometheus", { configFile, flags });
    closes.push(() => prometheus.remove());
    async function assertAllAreUp(): Promise<void> {
      const [up] = await queryPrometheus(prometheus.port, "sum(up)");
      expect(up?.value).toBe(jobs.length);
    }
    await vi.waitFor(assertAllAreUp, { timeout: 40_000, interval: 200 });
  });

  afterAll(async () => {
    for (const close of closes.reverse()) await close();
  });

  /** The series of a job, without what the server itself adds. */
  async function seriesOf(job: string): Promise<string[]> {
    const query = `{job="${job}",__name__!~"up|scrape_.*"}`;
    return (await queryPrometheus(prometheus.port, query))
      .map(({ metric: { job, instance, ...labels }, value }) => {
        return `${JSON.stringify(Object.entries(labels).sort())} ${value}`;
      })
      .sort();
  }

  test.each(variants)("gets the same series by every format %s", async (name, { translation }) => {
    const expected = await seriesOf(`${name}, OpenMetricsText1.0.0`);
    expect(expected.length).toBeGreaterThan(25);
    for (const protocol of protocols) {
      // These three do not say that they read names of other alphabets, and get an escaped form.
      const isLegacy = !/Text1/.test(protocol);
      const seen = await seriesOf(`${name}, ${protocol}`);
      if (isLegacy && translation?.startsWith("No")) expect(seen.length).toBe(expected.length);
      else expect({ protocol, seen }).toEqual({ protocol, seen: expected });
    }
  });

  test("gets the numbers that were measured", async () => {
    async function values(selector: string): Promise<string[]> {
      const jobs = 'job=~"by default, .*"';
      const expression = selector.replace("{", `{${jobs},`);
      return (await queryPrometheus(prometheus.port, expression)).map(
        ({ metric, value }) => `${metric.job} ${value}`,
      );
    }
    const each = (value: number) => protocols.map((protocol) => `by default, ${protocol} ${value}`);
    const cases: [string, number][] = [
      ['calls_seconds_total{gr_e="ü 😀"}', 3],
      ["sent_bytes_total{}", 2 ** 40],
      ['wait_seconds_count{a_b="1;2"}', 5],
      ['wait_seconds_bucket{le="0.5",a_b="1;2",exported_le="x"}', 3],
      ['heat_of_things_ratio{of="ice"}', -1e-9],
      ['count by (job) (heat_of_things_ratio{of="sun"} == Inf)', 1],
      ['target_info{service_name="video-api"}', 1],
    ];
    for (const [selector, value] of cases) {
      expect((await values(selector)).sort(), selector).toEqual(each(value).sort());
    }
  });

  test("gets native histograms to who wants them, and buckets to others", async () => {
    const read = async (expression: string) =>
      (await queryPrometheus(prometheus.port, expression))[0]?.value;
    expect(await read('histogram_count(duration_seconds{job="native"})')).toBe(1002);
    expect(await read('histogram_sum(duration_seconds{job="native"})')).toBeCloseTo(5010, 6);
    expect(await read('histogram_quantile(0.5, duration_seconds{job="native"})')).toBeCloseTo(5, 1);
    expect(await read('duration_seconds_count{job="classic"}')).toBe(1002);
    const quantile = 'histogram_quantile(0.5, duration_seconds_bucket{job="classic"})';
    expect(await read(quantile)).toBeCloseTo(5, 0);
  });

  test("gets exemplars", async () => {
    const url = new URL(`http://127.0.0.1:${prometheus.port}/api/v1/query_exemplars`);
    url.searchParams.set("query", '{__name__=~"duration_seconds.*"}');
    url.searchParams.set("start", `${Date.now() / 1000 - 600}`);
    url.searchParams.set("end", `${Date.now() / 1000 + 600}`);
    const answer = (await (await fetch(url)).json()) as {
      data: { seriesLabels: { job: string }; exemplars: { labels: object; value: string }[] }[];
    };
    const found = answer.data.map(({ seriesLabels, exemplars }) => {
      return [seriesLabels.job, exemplars[0]?.labels, Number(exemplars[0]?.value)];
    });
    const labels = { trace_id: span.traceId, span_id: span.spanId };
    expect(found.sort()).toEqual([
      ["classic", labels, 5],
      ["native", labels, 5],
    ]);
  });

  test("has nothing to warn of", () => {
    expect(prometheus.log()).not.toMatch(/level=(WARN|ERROR)/);
  });
});
