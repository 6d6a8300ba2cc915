// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { createClient, createConnectRouter, createRouterTransport } from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import { createClientInterceptor, instrumentRoutes } from "@labwire/otelkit";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { EchoService } from "../testdata/labwire/testdata/v1/echo_pb.js";
import { test } from "./harness.js";
import { serveFetch } from "./serve-fetch.js";

// Small ones in place of an SDK's: the packages and their peers are all that is here.

const storage = new AsyncLocalStorage();
const contextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, run, thisArg, ...args) => storage.run(active, () => run.apply(thisArg, args)),
  bind: (active, run) => () => storage.run(active, run),
  enable: () => contextManager,
  disable: () => contextManager,
};

function createTracer() {
  const ended = [];
  let count = 0;
  function startSpan(name, { kind }, parent) {
    const from = trace.getSpanContext(parent);
    const spanId = String(++count).padStart(16, "0");
    const traceId = from?.traceId ?? spanId.padStart(32, "0");
    const end = () => ended.push({ name, kind, spanId, parentId: from?.spanId });
    const span = trace.wrapSpanContext({ traceId, spanId, traceFlags: 1 });
    return Object.assign(span, { end, isRecording: () => true });
  }
  return { ended, tracerProvider: { getTracer: () => ({ startSpan }) } };
}

const header = "traceparent";
const propagator = {
  fields: () => [header],
  inject(active, carrier, setter) {
    const { traceId, spanId } = trace.getSpanContext(active);
    setter.set(carrier, header, `00-${traceId}-${spanId}-01`);
  },
  extract(active, carrier, getter) {
    const [, traceId, spanId] = getter.get(carrier, header)?.split("-") ?? [];
    if (traceId === undefined) return active;
    return trace.setSpanContext(active, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
};

/** Identity of the active span, after everything else that can run did so. */
async function activeId() {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return trace.getActiveSpan()?.spanContext().spanId;
}

/** Runs a test with spans that can be active. */
async function withContext(run) {
  context.setGlobalContextManager(contextManager);
  try {
    await run(createTracer());
  } finally {
    context.disable();
  }
}

test("instrumentRoutes() has the span of a call active around each yield", () =>
  withContext(async ({ tracerProvider, ended }) => {
    const options = { tracerProvider, propagator };
    const seen = [];
    async function* bidiStream(requests) {
      for await (const { text } of requests) {
        seen.push(await activeId());
        yield { text };
        seen.push(await activeId());
      }
    }
    async function* requests() {
      for (const text of ["a", "b"]) yield { text };
    }
    const routes = ({ service }) => void service(EchoService, { bidiStream });
    const transport = createRouterTransport(instrumentRoutes(routes, options), {
      transport: { interceptors: [createClientInterceptor(options)] },
    });
    for await (const _ of createClient(EchoService, transport).bidiStream(requests()));
    const [server, client] = ended.toSorted((a, b) => a.kind - b.kind);
    deepStrictEqual(server.parentId, client.spanId);
    deepStrictEqual(seen, Array(4).fill(server.spanId));
    deepStrictEqual(trace.getActiveSpan(), undefined);
  }));

test("instrumentRoutes() continues a trusted caller's trace behind the runtime's own server", () =>
  withContext(async ({ tracerProvider, ended }) => {
    const seen = [];
    async function unary({ text }) {
      seen.push(await activeId());
      return { text };
    }
    const options = { tracerProvider, propagator, trustRemote: true };
    const router = createConnectRouter();
    instrumentRoutes(({ service }) => void service(EchoService, { unary }), options)(router);
    const handler = router.handlers.find(({ method }) => method === EchoService.method.unary);
    const server = await serveFetch(createFetchHandler(handler));
    try {
      const headers = {
        "content-type": "application/json",
        [header]: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      };
      const url = new URL(handler.requestPath, server.url);
      const response = await fetch(url, { method: "POST", headers, body: '{"text":"a"}' });
      deepStrictEqual(await response.json(), { text: "a" });
    } finally {
      await server.close();
    }
    deepStrictEqual(
      ended.map(({ parentId, spanId }) => ({ parentId, seen: [spanId] })),
      [{ parentId: "00f067aa0ba902b7", seen }],
    );
  }));
