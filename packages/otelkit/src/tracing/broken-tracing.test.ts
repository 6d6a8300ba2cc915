// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import {
  diag,
  type Span,
  type TextMapPropagator,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { afterEach, describe, expect, test } from "vitest";
import { createClientInterceptor } from "../connect/client-interceptor.ts";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import { captureFaults } from "./capture-faults.testing.ts";
import { caller, createStart, finish } from "./start-call.testing.ts";
import { createTestTraces } from "./traces.testing.ts";

afterEach(() => diag.disable());

function fail(): never {
  throw new Error("broken");
}

/** A provider whose spans do what a broken one's might. */
function providerOf(span: Partial<Span>): TracerProvider {
  const startSpan = () => Object.assign(trace.wrapSpanContext({ ...caller, traceFlags: 1 }), span);
  return { getTracer: () => ({ startSpan }) as unknown as Tracer };
}

describe.each([
  {
    broken: "the provider",
    options: { tracerProvider: { getTracer: fail } },
    fault: "A call has no span, as its tracer failed",
  },
  {
    broken: "the tracer",
    options: { tracerProvider: { getTracer: () => ({ startSpan: fail, startActiveSpan: fail }) } },
    fault: "A call has no span, as its tracer failed",
  },
  {
    broken: "the context of a span",
    options: { tracerProvider: providerOf({ spanContext: fail }) },
    fault: "A call has no span, as its tracer failed",
  },
  {
    broken: "an attribute",
    options: { tracerProvider: providerOf({ setAttribute: fail, end() {} }) },
    fault: "Tracing failed when a call finished",
  },
  {
    broken: "the end of a span",
    options: { tracerProvider: providerOf({ setAttribute: () => ({}) as Span, end: fail }) },
    fault: "Tracing failed when a call finished",
  },
])("A call goes on when $broken fails,", ({ options, fault }) => {
  test("and the fault is told", async () => {
    const faults = captureFaults();
    const interceptors = { router: { interceptors: [createServerInterceptor(options)] } };
    const transport = createRouterTransport(
      ({ service }) => service(EchoService, { unary: ({ text }) => ({ text }) }),
      { ...interceptors, transport: { interceptors: [createClientInterceptor(options)] } },
    );
    const { text } = await createClient(EchoService, transport).unary({ text: "a" });
    expect({ text, faults: [...new Set(faults)] }).toEqual({
      text: "a",
      faults: [`@labwire/otelkit: ${fault}`],
    });
  });
});

test("A call has its span when the propagator fails, and the fault is told", async () => {
  const faults = captureFaults();
  const { tracerProvider, ended } = createTestTraces();
  const propagator: TextMapPropagator = { inject: fail, extract: fail, fields: () => [] };
  for (const side of ["server", "client"] as const) {
    finish(createStart(side, { tracerProvider, propagator })());
  }
  expect((await ended(2)).length).toBe(2);
  expect(faults).toEqual([
    "@labwire/otelkit: The trace of a caller is not known, as the propagator failed",
    "@labwire/otelkit: A server is not told of the trace, as the propagator failed",
  ]);
});
