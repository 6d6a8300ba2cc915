// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What spans add to a unary call and to a message of a stream, without any network around them.
// node --conditions=@labwire/source packages/otelkit/bench/traces.bench.ts

import type { Interceptor } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@labwire/otelkit";
import {
  context,
  ProxyTracerProvider,
  SpanKind,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import * as sdk from "@opentelemetry/sdk-trace";
import { type Candidate, compare } from "./lib/compare.ts";
import { callUnary, createStoreProvider, readMessages } from "./lib/fixtures.ts";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const common = {
  meterProvider: createStoreProvider(),
  propagator: new W3CTraceContextPropagator(),
};

// A processor that keeps nothing: what exporting costs is the exporter's.
const spanProcessors = [new sdk.NoopSpanProcessor()];
const sampled = new sdk.TracerProvider({ sampler: new sdk.AlwaysOnSampler(), spanProcessors });
const unsampled = new sdk.TracerProvider({ sampler: new sdk.AlwaysOffSampler(), spanProcessors });
const noop = new ProxyTracerProvider().getDelegate();

/** What a span by hand costs: started, active, described and ended. */
function createHandWrittenSpan(provider: TracerProvider): Interceptor {
  const tracer = provider.getTracer("hand-written");
  return (next) =>
    async function handWrittenSpan(req) {
      const method = `${req.service.typeName}/${req.method.name}`;
      const attributes = { "rpc.system.name": "grpc", "rpc.method": method };
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes });
      try {
        return await context.with(trace.setSpan(context.active(), span), next, undefined, req);
      } finally {
        span.setAttribute("rpc.status_code", "OK");
        span.end();
      }
    };
}

const off = createServerInterceptor({ ...common, tracerProvider: false });

// Twice the same: how far apart the two are is how far to trust the rest.
const unary: Record<string, Interceptor> = {
  "server, no spans": off,
  "server, no spans again": createServerInterceptor({ ...common, tracerProvider: false }),
  "server, no global provider": createServerInterceptor(common),
  "server, no-op provider": createServerInterceptor({ ...common, tracerProvider: noop }),
  "server, not sampled": createServerInterceptor({ ...common, tracerProvider: unsampled }),
  "server, sampled": createServerInterceptor({ ...common, tracerProvider: sampled }),
  "client, no spans": createClientInterceptor({ ...common, tracerProvider: false }),
  "client, no global provider": createClientInterceptor(common),
  "client, not sampled": createClientInterceptor({ ...common, tracerProvider: unsampled }),
  "client, sampled": createClientInterceptor({ ...common, tracerProvider: sampled }),
  "a span by hand, no metrics": createHandWrittenSpan(sampled),
};

await compare(
  Object.entries(unary).map(
    ([name, interceptor]): Candidate => ({ name, run: (calls) => callUnary(interceptor, calls) }),
  ),
  { unit: "unary calls", operations: 10_000 },
);

const streams: Record<string, Interceptor> = {
  "no spans": off,
  "no spans again": createServerInterceptor({ ...common, tracerProvider: false }),
  sampled: createServerInterceptor({ ...common, tracerProvider: sampled }),
};

await compare(
  Object.entries(streams).map(
    ([name, interceptor]): Candidate => ({
      name,
      run: (count) => readMessages(interceptor, count),
    }),
  ),
  { unit: "messages of streams", operations: 50_000 },
);
