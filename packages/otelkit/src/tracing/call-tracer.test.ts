// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { context, propagation, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { suppressTracing, W3CTraceContextPropagator } from "@opentelemetry/core";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import { afterEach, expect, test } from "vitest";
import { caller, createStart, finish, requestWith } from "./start-call.testing.ts";
import { createTestTraces, useContextManager } from "./traces.testing.ts";

useContextManager();

afterEach(() => {
  trace.disable();
  propagation.disable();
});

const w3c = new W3CTraceContextPropagator();

test("createCallTracer() makes no span as long as there is no provider, and then those of the global one", async () => {
  const start = createStart("server", {});
  expect(start()).toBe(undefined);
  const first = createTestTraces();
  trace.setGlobalTracerProvider(first.tracerProvider);
  expect(start()?.span).toBeDefined();
  trace.disable();
  expect(start()).toBe(undefined);
  const second = createTestTraces();
  trace.setGlobalTracerProvider(second.tracerProvider);
  expect(start()?.span).toBeDefined();
  expect([first.started(), second.started()]).toEqual([1, 1]);
});

test("createCallTracer() waits for a provider also when it is given the global one before that is set", () => {
  const start = createStart("server", { tracerProvider: trace.getTracerProvider() });
  expect(start()).toBe(undefined);
  trace.setGlobalTracerProvider(createTestTraces().tracerProvider);
  expect(start()?.span).toBeDefined();
});

test("createCallTracer() makes no span and touches no header with 'tracerProvider' false", () => {
  const { tracerProvider, started } = createTestTraces();
  trace.setGlobalTracerProvider(tracerProvider);
  propagation.setGlobalPropagator(w3c);
  const request = requestWith();
  expect(createStart("client", { tracerProvider: false })(request)).toBe(undefined);
  expect([[...request.header], started()]).toEqual([[], 0]);
});

test("createCallTracer() reads and writes headers by the global propagator, as it is at the call", () => {
  const { tracerProvider } = createTestTraces();
  const client = createStart("client", { tracerProvider });
  const server = createStart("server", { tracerProvider, trustRemote: true });
  const traceIdOf = () => server(requestWith({ traceparent: caller.traceparent }))?.span?.traceId;
  const before = requestWith();
  client(before);
  expect([before.header.has("traceparent"), traceIdOf() === caller.traceId]).toEqual([
    false,
    false,
  ]);
  propagation.setGlobalPropagator(w3c);
  const after = requestWith();
  const span = client(after)?.span;
  expect(after.header.get("traceparent")).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
  expect(traceIdOf()).toBe(caller.traceId);
});

test("createCallTracer() replaces the trace of an earlier attempt in the headers", () => {
  const { tracerProvider } = createTestTraces();
  const request = requestWith({ traceparent: caller.traceparent });
  const span = createStart("client", { tracerProvider, propagator: w3c })(request)?.span;
  expect(request.header.get("traceparent")).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
});

test("createCallTracer() still tells the server of a trace that is not sampled, and has no span for exemplars", () => {
  const { tracerProvider } = createTestTraces(new AlwaysOffSampler());
  const request = requestWith();
  const started = createStart("client", { tracerProvider, propagator: w3c })(request);
  expect(started?.span).toBe(undefined);
  expect(request.header.get("traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const active = trace.getSpanContext(started?.context ?? ROOT_CONTEXT);
  expect(active?.traceFlags).toBe(TraceFlags.NONE);
});

test("createCallTracer() makes no span where tracing is suppressed, and tells no server", async () => {
  const { tracerProvider, started } = createTestTraces();
  const start = createStart("client", { tracerProvider, propagator: w3c });
  const request = requestWith();
  context.with(suppressTracing(context.active()), () => finish(start(request)));
  expect([started(), [...request.header]]).toEqual([0, []]);
});
