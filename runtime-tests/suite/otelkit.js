// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import {
  Code,
  ConnectError,
  createClient,
  createConnectRouter,
  createRouterTransport,
} from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import {
  createClientInterceptor,
  createServerInterceptor,
  instrumentRoutes,
  OtelkitError,
} from "@labwire/otelkit";
import {
  createOperationMeter,
  instrumentFetch,
  instrumentFetchHandler,
  instrumentHttpHandler,
  jobMetrics,
} from "@labwire/otelkit/http";
import { startMetricsServer } from "@labwire/otelkit/prometheus";
import { EchoService } from "../testdata/labwire/testdata/v1/echo_pb.js";
import { includes, test } from "./harness.js";
import { listen, serveFetch } from "./serve-fetch.js";

const echo = {
  unary({ text }) {
    if (text === "fail") throw new ConnectError("no", Code.NotFound);
    return { text };
  },
  async *serverStream({ text, count }) {
    for (let i = 0; i < count; i++) yield { text };
  },
};

/** Runs a test with an endpoint, and with what reads its samples. */
async function withMetrics(run) {
  const metrics = await startMetricsServer({ port: 0 });
  /** Value of the first sample with the name and the labels, or undefined. */
  async function sample(name, labels = {}) {
    const page = await (await fetch(metrics.url)).text();
    const parts = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const line = page
      .split("\n")
      .find(
        (text) =>
          (text.startsWith(`${name}{`) || text.startsWith(`${name} `)) &&
          parts.every((part) => text.includes(part)),
      );
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  }
  /** Servers learn of an end after their clients have. */
  async function expectSample(expected, name, labels) {
    const deadline = Date.now() + 10_000;
    let value = await sample(name, labels);
    while (value !== expected && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      value = await sample(name, labels);
    }
    deepStrictEqual({ name, labels, value }, { name, labels, value: expected });
  }
  try {
    await run({ ...metrics, expectSample });
  } finally {
    await metrics.close();
  }
}

test("createServerInterceptor() counts calls that startMetricsServer() serves", () =>
  withMetrics(async ({ meterProvider, url, expectSample }) => {
    const transport = createRouterTransport(({ service }) => void service(EchoService, echo), {
      router: {
        interceptors: [createServerInterceptor({ presets: ["semconv", "lab"], meterProvider })],
      },
      transport: { interceptors: [createClientInterceptor({ meterProvider })] },
    });
    const client = createClient(EchoService, transport);
    deepStrictEqual((await client.unary({ text: "a" })).text, "a");
    const failure = await client.unary({ text: "fail" }).catch((error) => ConnectError.from(error));
    deepStrictEqual(failure.code, Code.NotFound);
    const texts = [];
    for await (const { text } of client.serverStream({ text: "b", count: 2 })) texts.push(text);
    deepStrictEqual(texts, ["b", "b"]);

    const unary = { FullMethod: `/${EchoService.typeName}/Unary` };
    await expectSample(2, "request_total", unary);
    await expectSample(1, "request_total", { FullMethod: `/${EchoService.typeName}/ServerStream` });
    await expectSample(1, "error_request_total", unary);
    await expectSample(0, "rpc_server_active_calls");
    await expectSample(0, "rpc_client_active_calls");
    const page = await (await fetch(url)).text();
    includes(page, "# TYPE response_time");
    includes(page, "rpc_server_call_duration_seconds");
    includes(page, "rpc_client_call_duration_seconds");
    deepStrictEqual((await fetch(new URL("/healthz", url))).status, 200);
  }));

test("startMetricsServer() answers in the format that a scraper asks for", () =>
  withMetrics(async ({ meterProvider, url }) => {
    const things = meterProvider.getMeter("smoke").createCounter("things");
    // Enough of them to be worth compressing.
    for (let id = 0; id < 500; id++) things.add(3, { id });
    const formats = {
      "*/*": "text/plain; version=0.0.4",
      "application/openmetrics-text; version=1.0.0": "application/openmetrics-text; version=1.0.0",
      "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited":
        "application/vnd.google.protobuf",
    };
    for (const [accept, contentType] of Object.entries(formats)) {
      const headers = { accept, "accept-encoding": "gzip" };
      const [response] = await once(get(url, { headers, agent: false }), "response");
      includes(response.headers["content-type"], contentType);
      deepStrictEqual(response.headers["content-encoding"], "gzip");
      const page = await text(response.pipe(createGunzip()));
      includes(page, "things");
      if (accept.includes("openmetrics")) includes(page, 'things_total{id="499"} 3');
      deepStrictEqual(page.endsWith("# EOF\n"), accept.includes("openmetrics"));
    }
  }));

test("OtelkitError is one class for all entries, under its own name", async () => {
  const error = await startMetricsServer({ port: -1 }).catch((reason) => reason);
  deepStrictEqual(
    [error.constructor, error.constructor.name, error.code],
    [OtelkitError, "OtelkitError", "invalid_option"],
  );
});

test("instrumentRoutes() counts what a server of the runtime answers", () =>
  withMetrics(async ({ meterProvider, expectSample }) => {
    const routes = instrumentRoutes((router) => router.service(EchoService, echo), {
      meterProvider,
    });
    const handlers = new Map(
      routes(createConnectRouter()).handlers.map((h) => [h.requestPath, createFetchHandler(h)]),
    );
    const server = await serveFetch((request) => {
      const handle = handlers.get(new URL(request.url).pathname);
      if (handle !== undefined) return handle(request);
      routes.countUnknown(request);
      return new Response(null, { status: 404 });
    });
    try {
      const post = async (path, contentType, body, init) => {
        const headers = { "content-type": contentType };
        return fetch(server.url + path, { method: "POST", headers, body, ...init });
      };
      const service = `/${EchoService.typeName}`;
      const json = "application/json";
      const answers = [
        await post(`${service}/Unary`, json, '{"text":"a"}'),
        await post(`${service}/Unary`, json, '{"text":"fail"}'),
        await post(`${service}/Unary`, json, "{"),
        await post(`${service}/Unary`, "text/plain", "a"),
        await post("/none.Service/None", "application/proto", ""),
      ];
      deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 404, 400, 415, 404],
      );
      for (const response of answers) await response.arrayBuffer();
      const message = new TextEncoder().encode('{"text":"b","count":1000000}');
      const client = new AbortController();
      const stream = await post(
        `${service}/ServerStream`,
        "application/connect+json",
        Uint8Array.of(0, 0, 0, 0, message.length, ...message),
        { signal: client.signal },
      );
      await stream.body.getReader().read();
      client.abort();

      const duration = "rpc_server_call_duration_seconds_count";
      const count = (expected, labels) => expectSample(expected, duration, labels);
      const unary = { rpc_method: `${EchoService.typeName}/Unary` };
      await count(1, { ...unary, rpc_status_code: "OK" });
      await count(1, { ...unary, rpc_status_code: "not_found" });
      await count(1, { ...unary, rpc_status_code: "invalid_argument" });
      await count(1, { ...unary, rpc_status_code: "unknown" });
      await count(1, { rpc_method: "_OTHER", rpc_status_code: "unimplemented" });
      await count(1, {
        rpc_method: `${EchoService.typeName}/ServerStream`,
        rpc_status_code: "canceled",
      });
      for (const method of ["Unary", "ServerStream"]) {
        const labels = { rpc_method: `${EchoService.typeName}/${method}` };
        await expectSample(0, "rpc_server_active_calls", labels);
      }
    } finally {
      await server.close();
    }
  }));

/** A body that its client leaves: it never ends. */
function endlessBody() {
  const chunk = new TextEncoder().encode("chunk ");
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

/** Takes the usual ways through a server that was given these paths, and checks what it counted. */
async function checkHttpServer({ url, expectSample }) {
  await (await fetch(`${url}/hello`)).text();
  await (await fetch(`${url}/hello`, { method: "POST", body: "four" })).text();
  await fetch(`${url}/hello`, { method: "HEAD" });
  await (await fetch(`${url}/broken`)).text();
  const client = new AbortController();
  const endless = await fetch(`${url}/endless`, { signal: client.signal });
  await endless.body.getReader().read();
  client.abort();

  const duration = "http_server_request_duration_seconds_count";
  const hello = { http_route: "/hello", http_response_status_code: "200" };
  for (const method of ["GET", "POST", "HEAD"]) {
    await expectSample(1, duration, { ...hello, http_request_method: method });
  }
  await expectSample(1, duration, { http_route: "/broken", error_type: "503" });
  await expectSample(1, duration, { http_route: "/endless", error_type: "aborted" });
  const post = { ...hello, http_request_method: "POST" };
  await expectSample(4, "http_server_request_body_size_bytes_sum", post);
  await expectSample(5, "http_server_response_body_size_bytes_sum", post);
  for (const method of ["GET", "POST", "HEAD"]) {
    await expectSample(0, "http_server_active_requests", { http_request_method: method });
  }
}

test("instrumentHttpHandler() counts requests of node:http", () =>
  withMetrics(async ({ meterProvider, expectSample }) => {
    const handler = instrumentHttpHandler(
      (req, res) => {
        req.resume();
        if (req.url === "/endless") {
          res.write("first");
          return;
        }
        res.statusCode = req.url === "/hello" ? 200 : 503;
        req.on("end", () => res.end("hello"));
      },
      { meterProvider, route: ({ url }) => url },
    );
    const server = await listen(createServer(handler));
    try {
      await checkHttpServer({ url: server.url, expectSample });
    } finally {
      await server.close();
    }
  }));

test("instrumentFetchHandler() counts requests of the runtime's server", () =>
  withMetrics(async ({ meterProvider, expectSample }) => {
    const handler = instrumentFetchHandler(
      async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/endless") return new Response(endlessBody());
        if (pathname === "/broken") return new Response("no", { status: 503 });
        await request.text();
        return new Response("hello", { headers: { "content-length": "5" } });
      },
      { meterProvider, route: ({ url }) => new URL(url).pathname },
    );
    const server = await serveFetch(handler);
    try {
      await checkHttpServer({ url: server.url, expectSample });
    } finally {
      await server.close();
    }
  }));

test("instrumentFetch() and createOperationMeter() count what they run", () =>
  withMetrics(async ({ meterProvider, url, expectSample }) => {
    const measured = instrumentFetch(fetch, { meterProvider });
    deepStrictEqual((await measured(new URL("/healthz", url))).status, 200);
    await measured("http://127.0.0.1:1/").catch(() => {});
    const duration = "http_client_request_duration_seconds_count";
    await expectSample(1, duration, { http_response_status_code: "200" });
    await expectSample(1, duration, { server_port: "1" });

    const jobs = createOperationMeter({ metrics: jobMetrics, meterProvider });
    await jobs.measure("tidy", async () => {});
    await jobs
      .measure("tidy", async () => {
        throw new RangeError("no");
      })
      .catch(() => {});
    await expectSample(2, "job_runs_total", { job_name: "tidy" });
    await expectSample(1, "job_failures_total", { job_name: "tidy" });
  }));
