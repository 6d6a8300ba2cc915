// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import { createMetricStore } from "../store/create-metric-store.ts";
import { createMetricsFetchHandler, createMetricsHandler } from "./metrics-handler.ts";
import { type PrometheusPage, PrometheusReader } from "./prometheus-reader.ts";
import type { PageSource } from "./scrape-answer.ts";

/** A reader of so many series; 100 take about 5 KiB. */
function createReader(seriesCount: number): PrometheusReader {
  const store = createMetricStore();
  const reader = new PrometheusReader({ targetInfo: false, metricProducers: [store] });
  new MeterProvider({ readers: [reader] });
  const definition = { name: "things", kind: "counter", unit: "", description: "" } as const;
  const cellsOf = store.instruments("test").counter(definition);
  for (let n = 0; n < seriesCount; n++) cellsOf({ kind: `kind number ${n}` }).add(n);
  return reader;
}

function serve(reader: PageSource): Promise<number> {
  return listen(createServer(createMetricsHandler(reader)));
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Asks without decompressing, which `fetch` always does. */
async function ask(port: number, method: string, headers: Record<string, string> = {}) {
  const req = request({ host: "127.0.0.1", port, method, headers, agent: false }).end();
  const [res] = await once(req, "response");
  const body = await buffer(res);
  const {
    "content-type": type,
    "content-encoding": encoding,
    "content-length": length,
  } = res.headers;
  return { status: res.statusCode, type, encoding, length: Number(length), body, res };
}

test("createMetricsHandler() answers GET with a page of the format that is asked for", async () => {
  const port = await serve(createReader(1));
  const plain = await ask(port, "GET");
  const openMetrics = await ask(port, "GET", { accept: "application/openmetrics-text" });
  expect([plain.type, plain.length, plain.body.toString()]).toEqual([
    "text/plain; version=0.0.4; charset=utf-8",
    plain.body.length,
    '# HELP things_total No description\n# TYPE things_total counter\nthings_total{kind="kind number 0"} 0\n',
  ]);
  expect(openMetrics.body.toString()).toMatch(/# EOF\n$/);
  expect(plain.res.headers.vary).toBe("Accept, Accept-Encoding");
});

test("createMetricsHandler() compresses a long page for who accepts gzip", async () => {
  const port = await serve(createReader(100));
  const plain = await ask(port, "GET");
  const zipped = await ask(port, "GET", { "accept-encoding": "gzip" });
  expect([plain.encoding, zipped.encoding, zipped.length]).toEqual([
    undefined,
    "gzip",
    zipped.body.length,
  ]);
  expect(gunzipSync(zipped.body).toString()).toBe(plain.body.toString());
  expect(zipped.body.length).toBeLessThan(plain.body.length / 4);
});

test("createMetricsHandler() does not compress what fits in a packet", async () => {
  const port = await serve(createReader(2));
  const { encoding } = await ask(port, "GET", { "accept-encoding": "gzip" });
  expect(encoding).toBe(undefined);
});

test("createMetricsHandler() answers HEAD without the body, and refuses other methods", async () => {
  const port = await serve(createReader(1));
  const get = await ask(port, "GET");
  const head = await ask(port, "HEAD");
  const post = await ask(port, "POST");
  expect([head.status, head.length, head.body.length]).toEqual([200, get.length, 0]);
  expect([post.status, post.res.headers.allow, post.body.toString()]).toEqual([
    405,
    "GET, HEAD",
    "Method not allowed\n",
  ]);
});

test("createMetricsHandler() answers 500 when the page fails, and tells why to diag", async () => {
  const error = vi.fn();
  const silent = () => {};
  const logger = { error, warn: silent, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  const failure = new Error("no memory");
  const port = await serve({ scrape: () => Promise.reject(failure) });
  const { status, body } = await ask(port, "GET");
  expect([status, body.toString()]).toEqual([500, "Internal error\n"]);
  expect(error.mock.calls).toEqual([["@labwire/otelkit: Answering a scrape failed", failure]]);
});

test("createMetricsHandler() answers with an empty page when there are no series", async () => {
  const port = await serve(createReader(0));
  const { status, length, body } = await ask(port, "GET");
  expect([status, length, body.length]).toEqual([200, 0, 0]);
});

test("createMetricsHandler() lets be what another one has answered meanwhile", async () => {
  const page = Promise.withResolvers<PrometheusPage>();
  const handle = createMetricsHandler({ scrape: () => page.promise });
  const server = createServer((req, res) => {
    handle(req, res);
    res.writeHead(503).end("too slow");
  });
  const rejected = vi.fn();
  process.on("unhandledRejection", rejected);
  onTestFinished(() => void process.off("unhandledRejection", rejected));
  const port = await listen(server);
  const { status, body } = await ask(port, "GET");
  page.resolve({ contentType: "text/plain", chunks: [] });
  await setImmediate();
  expect([status, body.toString(), rejected.mock.calls]).toEqual([503, "too slow", []]);
});

test("createMetricsHandler() serves HTTP/2 as well", async () => {
  const server = createHttp2Server(createMetricsHandler(createReader(1500))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    session.close();
    server.close();
  });
  const stream = session.request({ ":path": "/metrics" });
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(200);
  expect((await text(stream)).match(/^things_total/gm)).toHaveLength(1500);
});

test("createMetricsFetchHandler() answers as the other one does", async () => {
  const handle = createMetricsFetchHandler(createReader(100));
  const url = "http://127.0.0.1/metrics";
  const get = await handle(new Request(url));
  const head = await handle(new Request(url, { method: "HEAD" }));
  const put = await handle(new Request(url, { method: "PUT" }));
  const headers = { "accept-encoding": "gzip", accept: "application/openmetrics-text" };
  const zipped = await handle(new Request(url, { headers }));
  const page = await get.text();
  expect(get.headers.get("content-length")).toBe(`${page.length}`);
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
    200,
    `${page.length}`,
    "",
  ]);
  expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const unzipped = gunzipSync(await zipped.arrayBuffer()).toString();
  expect(unzipped).toMatch(/^things_total\{kind="kind number 99"\} 99\n# EOF\n$/m);
});
