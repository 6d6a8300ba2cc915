// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import { diag, type SpanContext, TraceFlags, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
} from "@opentelemetry/sdk-trace";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../connect/adapters/node.testing.ts";
import { instrumentRoutes } from "../connect/instrument-routes.ts";
import { captureFaults } from "../tracing/capture-faults.testing.ts";
import { createTestTraces, titleOf, useContextManager } from "../tracing/traces.testing.ts";
import { instrumentFetch } from "./fetch-client.ts";
import { instrumentFetchHandler } from "./fetch-handler.ts";
import { setHttpRoute } from "./http-server.ts";
import { createHttpMiddleware, instrumentHttpHandler } from "./node-http.ts";

useContextManager();

const propagator = new W3CTraceContextPropagator();
const caller = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;

async function serve(listener: RequestListener): Promise<string> {
  const { url, close } = await listen(createServer(listener));
  onTestFinished(close);
  return url;
}

/** Samples every trace but the first. */
class FirstOnlyOffSampler implements Sampler {
  #count = 0;
  shouldSample() {
    const decision =
      this.#count++ === 0 ? SamplingDecision.NOT_RECORD : SamplingDecision.RECORD_AND_SAMPLED;
    return { decision };
  }
  toString() {
    return "FirstOnlyOff";
  }
}

function idOf(span: ReadableSpan | undefined): SpanContext | undefined {
  return span?.spanContext();
}

test("instrumentHttpHandler() makes a span by the conventions, which is active in the handler", async () => {
  const traces = createTestTraces();
  const active: (string | undefined)[] = [];
  const options = { tracerProvider: traces.tracerProvider, propagator };
  const handler = instrumentHttpHandler(async (req, res) => {
    await setImmediate();
    active.push(trace.getActiveSpan()?.spanContext().spanId);
    setHttpRoute(req, "/users/:id");
    res.writeHead(503);
    res.end();
  }, options);
  const url = await serve(handler);
  await fetch(`${url}/users/7?token=secret`, { headers: { traceparent } });
  const [span] = await traces.ended(1);
  expect(span && titleOf(span)).toBe("SERVER GET /users/:id: ERROR");
  expect(span?.attributes).toEqual({
    "http.request.method": "GET",
    "url.scheme": "http",
    "url.path": "/users/7",
    "http.route": "/users/:id",
    "http.response.status_code": 503,
    "error.type": "503",
  });
  expect(span?.parentSpanContext).toBe(undefined);
  expect(span?.links.map(({ context }) => context)).toMatchObject([caller]);
  expect(active).toEqual([idOf(span)?.spanId]);
});

test("createHttpMiddleware() continues the caller's trace with 'trustRemote'", async () => {
  const traces = createTestTraces();
  const middleware = createHttpMiddleware({
    tracerProvider: traces.tracerProvider,
    propagator,
    trustRemote: true,
  });
  const url = await serve((req, res) => middleware(req, res, () => res.end()));
  await fetch(url, { method: "PURGE", headers: { traceparent } });
  const [span] = await traces.ended(1);
  expect(span && titleOf(span)).toBe("SERVER HTTP: UNSET");
  expect(span?.attributes).toMatchObject({
    "http.request.method": "_OTHER",
    "http.request.method_original": "PURGE",
  });
  expect(span?.parentSpanContext).toMatchObject(caller);
});

test("instrumentHttpHandler() is around the spans of the routes behind it", async () => {
  const traces = createTestTraces();
  const options = { tracerProvider: traces.tracerProvider, propagator };
  const routes = instrumentRoutes(
    (router) => router.service(EchoService, { unary: ({ text }) => ({ text }) }),
    options,
  );
  const url = await serve(instrumentHttpHandler(connectNodeAdapter({ routes }), options));
  const measured = instrumentFetch(fetch, options);
  const response = await measured(`${url}/${EchoService.typeName}/Unary`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"text":"a"}',
  });
  expect(await response.json()).toEqual({ text: "a" });
  const spans = await traces.ended(3);
  const titles = spans.map(titleOf);
  expect(titles.toSorted()).toEqual([
    "CLIENT POST: UNSET",
    "SERVER POST: UNSET",
    `SERVER ${EchoService.typeName}/Unary: UNSET`,
  ]);
  const spanOf = (title: string) => spans[titles.findIndex((text) => text.startsWith(title))];
  const rpc = spanOf(`SERVER ${EchoService.typeName}`);
  expect(rpc?.parentSpanContext?.spanId).toBe(idOf(spanOf("SERVER POST"))?.spanId);
  const client = idOf(spanOf("CLIENT"));
  expect(spanOf("SERVER POST")?.links[0]?.context.spanId).toBe(client?.spanId);
});

test("instrumentHttpHandler() leaves a request out of traces with the call behind it", async () => {
  const sampler = new ParentBasedSampler({ root: new FirstOnlyOffSampler() });
  const { tracerProvider } = createTestTraces(sampler);
  const sampled: (number | undefined)[] = [];
  const routes = instrumentRoutes(
    (router) =>
      router.service(EchoService, {
        unary() {
          sampled.push(trace.getActiveSpan()?.spanContext().traceFlags);
          return {};
        },
      }),
    { tracerProvider, propagator },
  );
  const http = instrumentHttpHandler(connectNodeAdapter({ routes }), {
    tracerProvider,
    propagator,
  });
  const url = await serve(http);
  for (let i = 0; i < 2; i++) {
    const headers = { "content-type": "application/json" };
    const path = `${url}/${EchoService.typeName}/Unary`;
    await (await fetch(path, { method: "POST", headers, body: "{}" })).text();
  }
  expect(sampled).toEqual([TraceFlags.NONE, TraceFlags.SAMPLED]);
});

test("instrumentFetch() makes a span without secrets, and tells the server of it beside other headers", async () => {
  const traces = createTestTraces();
  const seen: unknown[] = [];
  const measured = instrumentFetch(
    async (input, init) => {
      seen.push(input, Object.fromEntries(new Headers(init?.headers)));
      return new Response("no", { status: 404 });
    },
    { tracerProvider: traces.tracerProvider, propagator, template: () => "/users/{id}" },
  );
  const request = new Request("https://a.example:8443/users/7?key=secret", {
    headers: { "x-own": "1" },
  });
  await measured(request);
  const [span] = await traces.ended(1);
  expect(span && titleOf(span)).toBe("CLIENT GET /users/{id}: ERROR");
  expect(span?.attributes).toEqual({
    "http.request.method": "GET",
    "server.address": "a.example",
    "server.port": 8443,
    "url.full": "https://a.example:8443/users/7",
    "url.template": "/users/{id}",
    "http.response.status_code": 404,
    "error.type": "404",
  });
  const { traceId, spanId } = idOf(span) ?? {};
  expect(seen).toEqual([request, { "x-own": "1", traceparent: `00-${traceId}-${spanId}-01` }]);
});

test("instrumentFetch() sends what it is given, wherever method, headers and body stand", async () => {
  const { tracerProvider } = createTestTraces();
  const url = await serve(async (req, res) => {
    const { method, headers } = req;
    const body = await text(req);
    res.end(`${method} ${headers["x-key"]} ${body} ${headers.traceparent?.slice(0, 3)}`);
  });
  const measured = instrumentFetch(fetch, { tracerProvider, propagator });
  const init = { method: "PUT", body: "hello", headers: { "x-key": "1" } };
  const answers = [
    await measured(url, init),
    await measured(new URL(url), Object.freeze(init)),
    await measured(new Request(url, init)),
    await measured(new Request(url, init), { method: "POST", body: "other" }),
    await measured(url, new Request("http://127.0.0.1:1/else", init)),
  ];
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual([
    "PUT 1 hello 00-",
    "PUT 1 hello 00-",
    "PUT 1 hello 00-",
    "POST 1 other 00-",
    "PUT 1 hello 00-",
  ]);
});

test("instrumentFetch() reads the Request of another fetch, and keeps its headers", async () => {
  /** As undici's, which is no instance of the global class. */
  class OtherRequest {
    readonly #request = new Request("http://a.example/x", { method: "PUT", headers: { a: "1" } });
    get url() {
      return this.#request.url;
    }
    get method() {
      return this.#request.method;
    }
    get headers() {
      return this.#request.headers;
    }
  }
  const traces = createTestTraces();
  const sent: string[][] = [];
  const measured = instrumentFetch(
    async (_input, init) => {
      sent.push([...new Headers(init?.headers).keys()]);
      return new Response();
    },
    { tracerProvider: traces.tracerProvider, propagator },
  );
  await measured(new OtherRequest() as unknown as Request);
  const [span] = await traces.ended(1);
  expect(sent).toEqual([["a", "traceparent"]]);
  expect(span?.attributes).toMatchObject({
    "http.request.method": "PUT",
    "url.full": "http://a.example/x",
  });
});

test("instrumentFetchHandler() has its span active also while the body is made", async () => {
  const traces = createTestTraces();
  const active: (string | undefined)[] = [];
  const note = () => active.push(trace.getActiveSpan()?.spanContext().spanId);
  const handle = instrumentFetchHandler(
    () => {
      note();
      const body = new ReadableStream(
        {
          pull(controller) {
            note();
            controller.enqueue(new Uint8Array(1));
            if (active.length === 3) controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body);
    },
    { tracerProvider: traces.tracerProvider, propagator },
  );
  await (await handle(new Request("http://a.example/"))).arrayBuffer();
  const [span] = await traces.ended(1);
  const { spanId } = idOf(span) ?? {};
  expect(active).toEqual([spanId, spanId, spanId]);
});

test("instrumentFetch() begins no span for headers that fetch refuses", async () => {
  const faults = captureFaults();
  onTestFinished(() => diag.disable());
  const traces = createTestTraces();
  const measured = instrumentFetch(fetch, { tracerProvider: traces.tracerProvider, propagator });
  const refused = measured("http://a.example/", { headers: { "not a name": "1" } });
  await expect(refused).rejects.toThrow(TypeError);
  expect(traces.started()).toBe(0);
  expect(faults).toEqual(["@labwire/otelkit: A request has no span, as its tracer failed"]);
});

test("instrumentHttpHandler() and instrumentFetch() work when the tracer fails, and tell diag", async () => {
  const faults = captureFaults();
  onTestFinished(() => diag.disable());
  const fail = () => {
    throw new Error("broken");
  };
  const options = { tracerProvider: { getTracer: fail } };
  const url = await serve(instrumentHttpHandler((_req, res) => res.end("ok"), options));
  expect(await (await instrumentFetch(fetch, options)(url)).text()).toBe("ok");
  const fault = "@labwire/otelkit: A request has no span, as its tracer failed";
  expect(faults).toEqual([fault, fault]);
});
