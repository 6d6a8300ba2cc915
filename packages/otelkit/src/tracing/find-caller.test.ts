// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  trace,
} from "@opentelemetry/api";
import {
  CompositePropagator,
  RPCType,
  setRPCMetadata,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { http1Wires, type Wire } from "../connect/wire.testing.ts";
import { caller, createStart, finish, requestWith } from "./start-call.testing.ts";
import { createTestTraces, startTraced, useContextManager } from "./traces.testing.ts";

useContextManager();

const w3c = new W3CTraceContextPropagator();
const [http1Wire] = http1Wires as [Wire];

function parentIn(active: Context) {
  const { tracerProvider } = createTestTraces();
  const start = createStart("server", { tracerProvider, propagator: w3c, trustRemote: true });
  const started = context.with(active, () =>
    start(requestWith({ traceparent: caller.traceparent })),
  );
  return started?.span?.traceId;
}

function startSpan(sampler?: AlwaysOffSampler): Span {
  return createTestTraces(sampler).tracerProvider.getTracer("test").startSpan("around");
}

test("findCaller() makes a child of a span that is around the call", () => {
  const span = startSpan();
  expect(parentIn(trace.setSpan(ROOT_CONTEXT, span))).toBe(span.spanContext().traceId);
});

test("findCaller() makes no child of a span in which the server began to listen, once it is over", async () => {
  const { tracerProvider } = createTestTraces();
  const start = tracerProvider.getTracer("test").startSpan("start of the process");
  const connect = () => startTraced(http1Wire, { unary: () => ({}) });
  await using traced = await context.with(trace.setSpan(ROOT_CONTEXT, start), connect);
  start.end();
  await traced.client.unary({});
  const [server, client] = await traced.traces.ended(2);
  expect(server?.parentSpanContext).toBe(undefined);
  expect(server?.links.map(({ context }) => context.spanId)).toEqual([
    client?.spanContext().spanId,
  ]);
});

test("findCaller() makes a child of the span of OpenTelemetry's HTTP instrumentation, sampled or not", () => {
  const span = startSpan(new AlwaysOffSampler());
  const active = setRPCMetadata(trace.setSpan(ROOT_CONTEXT, span), { type: RPCType.HTTP, span });
  expect(parentIn(active)).toBe(span.spanContext().traceId);
});

test("findCaller() makes a child of an in-memory client's span, sampled or not, until that is over", () => {
  const { tracerProvider } = createTestTraces(new AlwaysOffSampler());
  const client = createStart("client", { tracerProvider })();
  const active = client?.context ?? ROOT_CONTEXT;
  const traceId = trace.getSpanContext(active)?.traceId;
  const inside = parentIn(active);
  finish(client);
  expect([inside, parentIn(active)]).toEqual([traceId, caller.traceId]);
});

test("findCaller() takes a caller's baggage only with 'trustRemote'", () => {
  const { tracerProvider } = createTestTraces();
  const propagator = new CompositePropagator({ propagators: [w3c, new W3CBaggagePropagator()] });
  const request = () => requestWith({ traceparent: caller.traceparent, baggage: "tier=gold" });
  const tierOf = (trustRemote: boolean) => {
    const started = createStart("server", { tracerProvider, propagator, trustRemote })(request());
    return propagation.getBaggage(started?.context ?? ROOT_CONTEXT)?.getEntry("tier")?.value;
  };
  expect([tierOf(false), tierOf(true)]).toEqual([undefined, "gold"]);
});

test.each([
  { header: "empty", traceparent: "" },
  { header: "broken", traceparent: "00-zz" },
  { header: "all zeros", traceparent: `00-${"0".repeat(32)}-${caller.spanId}-01` },
  { header: "there twice", traceparent: `${caller.traceparent}, ${caller.traceparent}` },
])(
  "findCaller() makes a root without a link when the caller's header is $header",
  async ({ traceparent }) => {
    for (const trustRemote of [false, true]) {
      const { tracerProvider, ended } = createTestTraces();
      const start = createStart("server", { tracerProvider, propagator: w3c, trustRemote });
      finish(start(requestWith({ traceparent })));
      const [span] = await ended(1);
      expect([span?.parentSpanContext, span?.links]).toEqual([undefined, []]);
    }
  },
);
