// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { request, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test } from "vitest";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import { OtelkitError } from "../otelkit-error.ts";
import { storeOf } from "../store/store-of.ts";
import { createTestTraces } from "../tracing/traces.testing.ts";
import { type MetricsServerOptions, startMetricsServer } from "./metrics-server.ts";

/** Status, the headers that matter, and body of an answer. */
async function ask(url: string, method = "GET") {
  const response = await fetch(url, { method });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    length: response.headers.get("content-length"),
    allow: response.headers.get("allow"),
    body: await response.text(),
  };
}

function pathOf(url: string, path: string): string {
  return new URL(url).origin + path;
}

test("startMetricsServer() serves what its provider's instruments measure", async () => {
  await using server = await startMetricsServer({
    port: 0,
    resourceAttributes: { "service.name": "video-api" },
  });
  const meter = server.meterProvider.getMeter("test");
  meter.createCounter("things", { description: "Things made" }).add(2, { kind: 'a"b' });
  const { status, type, length, body } = await ask(server.url);
  expect({ status, type, isLength: length === `${Buffer.byteLength(body)}` }).toEqual({
    status: 200,
    type: "text/plain; version=0.0.4; charset=utf-8",
    isLength: true,
  });
  expect(body.split("\n").slice(-4)).toEqual([
    "# HELP things_total Things made",
    "# TYPE things_total counter",
    'things_total{kind="a\\"b"} 2',
    "",
  ]);
  expect(body).toMatch(/^target_info\{service_name="video-api",.*\} 1$/m);
});

test("startMetricsServer() shows the lab's series as its dashboards ask for them", async () => {
  await using server = await startMetricsServer({ port: 0 });
  const { meterProvider } = server;
  const interceptor = createServerInterceptor({
    presets: ["semconv", "lab"],
    meterProvider,
    now: () => 0,
  });
  const transport = createRouterTransport(
    (router) => router.service(EchoService, { unary: () => ({}) }),
    { router: { interceptors: [interceptor] } },
  );
  await createClient(EchoService, transport).unary({});
  const { body } = await ask(server.url);
  const FullMethod = 'FullMethod="/labwire.testdata.v1.EchoService/Unary"';
  expect(
    body.slice(body.indexOf("# HELP request_total")),
  ).toBe(`# HELP request_total Calls that were received
# TYPE request_total counter
request_total{${FullMethod}} 1
# HELP error_request_total Calls that ended with an error
# TYPE error_request_total counter
error_request_total{${FullMethod}} 0
# HELP response_time How long calls took, in milliseconds
# TYPE response_time histogram
response_time_bucket{${FullMethod},le="10"} 1
response_time_bucket{${FullMethod},le="100"} 1
response_time_bucket{${FullMethod},le="200"} 1
response_time_bucket{${FullMethod},le="500"} 1
response_time_bucket{${FullMethod},le="1000"} 1
response_time_bucket{${FullMethod},le="+Inf"} 1
response_time_sum{${FullMethod}} 0
response_time_count{${FullMethod}} 1
`);
  expect(bounds(body, "rpc_server_call_duration_seconds")).toEqual(
    "0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf".split(" "),
  );
});

test.each([true, false])(
  "startMetricsServer() shows traces of calls if 'exemplars' is %s",
  async (exemplars) => {
    await using server = await startMetricsServer({ port: 0, exemplars });
    const { tracerProvider, ended } = createTestTraces();
    const { meterProvider } = server;
    const interceptor = createServerInterceptor({ meterProvider, tracerProvider });
    const transport = createRouterTransport(
      (router) => router.service(EchoService, { unary: () => ({}) }),
      { router: { interceptors: [interceptor] } },
    );
    await createClient(EchoService, transport).unary({});
    const headers = { accept: "application/openmetrics-text" };
    const page = await (await fetch(server.url, { headers })).text();
    const found = page.match(/^rpc_server_call_duration_seconds_bucket.* # (\{.*\})/m)?.[1];
    const [span] = await ended(1);
    const { traceId, spanId } = span?.spanContext() ?? {};
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(found).toBe(exemplars ? `{trace_id="${traceId}",span_id="${spanId}"}` : undefined);
  },
);

test("startMetricsServer() takes 'histogramBoundaries' over what an instrument advises", async () => {
  await using server = await startMetricsServer({
    port: 0,
    histogramBoundaries: { response_time: [1, 2.5] },
  });
  const meter = server.meterProvider.getMeter("test");
  for (const name of ["response_time", "other_time"]) {
    meter.createHistogram(name, { advice: { explicitBucketBoundaries: [7] } }).record(1);
  }
  const { body } = await ask(server.url);
  expect([bounds(body, "response_time"), bounds(body, "other_time")]).toEqual([
    ["1", "2.5", "+Inf"],
    ["7", "+Inf"],
  ]);
});

function bounds(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}_bucket{.*?le="(.*?)"`, "gm"))].map(
    ([, bound]) => bound ?? "",
  );
}

test("startMetricsServer() labels series by their scope when 'scopeLabels' is set", async () => {
  await using server = await startMetricsServer({ port: 0, scopeLabels: true });
  server.meterProvider.getMeter("mine").createCounter("things").add(1);
  expect((await ask(server.url)).body).toContain('things_total{otel_scope_name="mine"} 1');
});

test("startMetricsServer() takes the options of a page", async () => {
  await using server = await startMetricsServer({
    port: 0,
    prefix: "app",
    targetInfo: false,
    translation: "UnderscoreEscapingWithoutSuffixes",
  });
  server.meterProvider.getMeter("mine").createHistogram("wait.time", { unit: "s" }).record(1);
  expect((await ask(server.url)).body).toMatch(/^# HELP app_wait_time No description\n/);
});

test("startMetricsServer() joins resource attributes that get the same label", async () => {
  await using server = await startMetricsServer({
    port: 0,
    resourceAttributes: { "a.b": 1, a_b: 2 },
  });
  expect((await ask(server.url)).body).toMatch(/^target_info\{.*a_b="1;2".*\} 1$/m);
});

test("startMetricsServer() bounds the series of an instrument by 'cardinalityLimit'", async () => {
  await using server = await startMetricsServer({ port: 0, cardinalityLimit: 2 });
  const cellsOf = storeOf(server.meterProvider)
    ?.instruments("mine")
    .counter({ name: "things", kind: "counter", unit: "", description: "" });
  for (const kind of ["a", "b", "c"]) cellsOf?.({ kind }).add(1);
  expect((await ask(server.url)).body.match(/^things.*/gm)).toEqual([
    'things_total{kind="a"} 1',
    'things_total{otel_metric_overflow="true"} 2',
  ]);
});

test("startMetricsServer() makes histograms exponential, the SDK's as well", async () => {
  await using server = await startMetricsServer({ port: 0, histograms: "exponential" });
  const { meterProvider } = server;
  meterProvider.getMeter("mine").createHistogram("theirs").record(1);
  storeOf(meterProvider)
    ?.instruments("mine")
    .histogram({ name: "ours", kind: "histogram", unit: "", description: "" })({})
    .record(1);
  const { body } = await ask(server.url);
  expect([bounds(body, "ours"), bounds(body, "theirs")]).toEqual([
    ["1", "+Inf"],
    ["1", "+Inf"],
  ]);
});

test("startMetricsServer() gives everything to other readers as well, and stops them", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const server = await startMetricsServer({
    port: 0,
    readers: (producer) => [
      new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] }),
    ],
  });
  const { meterProvider } = server;
  meterProvider.getMeter("mine").createCounter("theirs").add(1);
  storeOf(meterProvider)
    ?.instruments("mine")
    .counter({ name: "ours", kind: "counter", unit: "", description: "" })({})
    .add(1);
  await server.close();
  const names = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .map(({ descriptor }) => descriptor.name);
  expect(names.sort()).toEqual(["ours", "theirs"]);
});

test("startMetricsServer() stops other readers when it cannot listen", async () => {
  await using server = await startMetricsServer({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(server.url).port);
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const started = startMetricsServer({ host: "127.0.0.1", port, readers: () => [reader] });
  await expect(started).rejects.toThrow("the port is taken");
  await expect(reader.collect()).rejects.toThrow("shutdown");
});

test("startMetricsServer() says that the port is taken, even if readers fail to stop", async () => {
  await using server = await startMetricsServer({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(server.url).port);
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  exporter.shutdown = () => Promise.reject(new Error("no connection"));
  const readers = () => [new PeriodicExportingMetricReader({ exporter })];
  const started = startMetricsServer({ host: "127.0.0.1", port, readers });
  await expect(started).rejects.toThrow("the port is taken");
});

/** The server's side of the next request. */
function nextRequest(): Promise<{ server: Server; socket: Socket }> {
  const seen = Promise.withResolvers<{ server: Server; socket: Socket }>();
  const onRequest = (message: unknown) =>
    seen.resolve(message as { server: Server; socket: Socket });
  subscribe("http.server.request.start", onRequest);
  onTestFinished(() => void unsubscribe("http.server.request.start", onRequest));
  return seen.promise;
}

test("startMetricsServer() survives a connection that cannot be accepted", async () => {
  await using metrics = await startMetricsServer({ port: 0 });
  const seen = nextRequest();
  await ask(metrics.url);
  (await seen).server.emit("error", new Error("accept ENFILE"));
  expect((await ask(metrics.url)).status).toBe(200);
});

test("startMetricsServer() drops an answer of which nothing is taken for a minute", async () => {
  await using metrics = await startMetricsServer({
    port: 0,
    health: () => new Promise(() => {}),
  });
  const seen = nextRequest();
  const answer = ask(pathOf(metrics.url, "/healthz"));
  const { socket } = await seen;
  expect(socket.timeout).toBe(60_000);
  socket.setTimeout(1);
  await expect(answer).rejects.toThrow("fetch failed");
});

test("startMetricsServer() does not keep the process alive", async () => {
  const module = JSON.stringify(new URL("../prometheus.ts", import.meta.url));
  const program = `await (await import(${module})).startMetricsServer({ port: 0 })`;
  const args = ["--conditions=@labwire/source", "--input-type=module", "--eval", program];
  const { stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(stderr).toBe("");
});

test("startMetricsServer() answers HEAD as GET, without the body", async () => {
  await using server = await startMetricsServer({ port: 0 });
  for (const path of ["/metrics", "/healthz", "/readyz"]) {
    const url = pathOf(server.url, path);
    expect(await ask(url, "HEAD")).toEqual({ ...(await ask(url)), body: "" });
  }
});

test("startMetricsServer() refuses other methods with 405 and Allow, other paths with 404", async () => {
  await using server = await startMetricsServer({ port: 0, path: "/internal/metrics" });
  const status = async (method: string, path: string) => {
    const { status, allow } = await ask(pathOf(server.url, path), method);
    return `${method} ${path} ${status} ${allow}`;
  };
  expect(server.url).toMatch(/^http:\/\/localhost:[1-9]\d*\/internal\/metrics$/);
  expect([
    await status("GET", "/internal/metrics"),
    await status("GET", "/internal/metrics?name=x"),
    await status("POST", "/internal/metrics"),
    await status("DELETE", "/healthz"),
    await status("OPTIONS", "/readyz"),
    await status("GET", "/metrics"),
    await status("POST", "/metrics"),
    await status("GET", "/internal/metrics/"),
    await status("GET", "//"),
  ]).toEqual([
    "GET /internal/metrics 200 null",
    "GET /internal/metrics?name=x 200 null",
    "POST /internal/metrics 405 GET, HEAD",
    "DELETE /healthz 405 GET, HEAD",
    "OPTIONS /readyz 405 GET, HEAD",
    "GET /metrics 404 null",
    "POST /metrics 404 null",
    "GET /internal/metrics/ 404 null",
    "GET // 404 null",
  ]);
});

const probes: { options: MetricsServerOptions; healthz: string; readyz: string }[] = [
  { options: {}, healthz: '200 {"status":"ok"}', readyz: '200 {"status":"ok"}' },
  {
    options: { ready: async () => ({ status: "waiting for the broker", attempts: 3 }) },
    healthz: '200 {"status":"ok"}',
    readyz: '503 {"status":"waiting for the broker","attempts":3}',
  },
  {
    options: {
      health: () => {
        throw new Error("consumer stopped");
      },
    },
    healthz: '503 {"status":"consumer stopped"}',
    readyz: '503 {"status":"consumer stopped"}',
  },
  {
    options: { health: () => ({ status: "ok" }), ready: () => Promise.reject("no") },
    healthz: '200 {"status":"ok"}',
    readyz: '503 {"status":"failed"}',
  },
  {
    options: { ready: () => ({ status: "ok", big: 1n }) },
    healthz: '200 {"status":"ok"}',
    readyz: "500 Internal error\n",
  },
];

test.each(probes)("startMetricsServer() answers probes $healthz and $readyz", async (probe) => {
  await using server = await startMetricsServer({ port: 0, ...probe.options });
  const answer = async (path: string) => {
    const { status, body } = await ask(pathOf(server.url, path));
    return `${status} ${body}`;
  };
  expect([await answer("/healthz"), await answer("/readyz")]).toEqual([
    probe.healthz,
    probe.readyz,
  ]);
});

test("startMetricsServer() says which port is taken", async () => {
  await using server = await startMetricsServer({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(server.url).port);
  const error = await startMetricsServer({ host: "127.0.0.1", port }).catch((error) => error);
  expect([error, error.cause.code]).toEqual([
    new OtelkitError(`Cannot serve metrics on '127.0.0.1:${port}': the port is taken`, {
      code: "listen_failed",
      cause: error.cause,
    }),
    "EADDRINUSE",
  ]);
});

test.each<[MetricsServerOptions, string]>([
  [
    { path: "metrics" },
    "Cannot start the metrics server as 'path' must begin with '/', and be neither '/healthz' nor '/readyz': current value is 'metrics'",
  ],
  [
    { histogramBoundaries: { response_time: [10, 5] } },
    "Cannot start the metrics server as 'histogramBoundaries' of 'response_time' must be ascending numbers: current value is [10,5]",
  ],
  [
    { histogramBoundaries: { response_time: [] } },
    "Cannot start the metrics server as 'histogramBoundaries' of 'response_time' must be ascending numbers: current value is []",
  ],
  [
    { port: 70_000 },
    "Cannot start the metrics server as 'port' must be an integer from 0 to 65535: current value is 70000",
  ],
  [
    { port: "9464" as never },
    "Cannot start the metrics server as 'port' must be an integer from 0 to 65535: current value is '9464'",
  ],
  [
    { host: 5 as never },
    "Cannot start the metrics server as 'host' must be a name or an address: current value is 5",
  ],
  [
    { prefix: "my app" },
    "Cannot create a Prometheus reader as 'prefix' must be letters, digits and '_', and begin with no digit: current value is 'my app'",
  ],
  [
    { cardinalityLimit: 0 },
    "Cannot create a metric store as 'cardinalityLimit' must be an integer from 2: current value is 0",
  ],
])("startMetricsServer() refuses %o", async (options, message) => {
  await expect(startMetricsServer({ port: 0, ...options })).rejects.toThrow(message);
});

test("close() frees the port, is idempotent, and does not wait for idle connections", async () => {
  const server = await startMetricsServer({ host: "127.0.0.1", port: 0 });
  const port = Number(new URL(server.url).port);
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  await ask(server.url);
  await Promise.all([server.close(), server.close()]);
  await expect(fetch(server.url)).rejects.toThrow();
  await using again = await startMetricsServer({ host: "127.0.0.1", port });
  expect(again.url).toBe(server.url);
  silent.destroy();
});

test("close() lets an answer under way finish", async () => {
  const asked = Promise.withResolvers<void>();
  const report = Promise.withResolvers<{ status: string }>();
  const server = await startMetricsServer({
    port: 0,
    ready: () => {
      asked.resolve();
      return report.promise;
    },
  });
  const answer = ask(pathOf(server.url, "/readyz"));
  await asked.promise;
  const closed = server.close();
  report.resolve({ status: "ok" });
  expect((await answer).body).toBe('{"status":"ok"}');
  await closed;
});

test("close() lets a long answer be read to its end", async () => {
  const server = await startMetricsServer({ port: 0 });
  const counter = server.meterProvider.getMeter("test").createCounter("things");
  // More than the system takes at once.
  for (let n = 0; n < 100; n++) counter.add(1, { name: `${n}`.padEnd(150_000, "x") });
  const req = request(server.url, { agent: false }).end();
  const [res] = await once(req, "response");
  const closed = server.close();
  const body = await buffer(res);
  expect(body.length).toBe(Number(res.headers["content-length"]));
  await closed;
});

test("close() does not wait for a check that hangs", async () => {
  const asked = Promise.withResolvers<void>();
  const server = await startMetricsServer({
    port: 0,
    ready: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const answer = ask(pathOf(server.url, "/readyz"));
  await asked.promise;
  await Promise.all([server.close(), expect(answer).rejects.toThrow()]);
});
