// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Attributes, context, propagation, SpanKind } from "@opentelemetry/api";
import { type PlainRequest, toHeaders } from "../connect/plain-request.ts";
import { createCallerLookup } from "../tracing/find-caller.ts";
import { createTracerLookup } from "../tracing/find-tracer.ts";
import { headerSetter } from "../tracing/header-carrier.ts";
import { attempt } from "./attempt.ts";
import { HttpSpan, spanName } from "./http-span.ts";
import type { TraceOptions } from "./trace-options.ts";

/** What a span is started with. */
interface Start {
  readonly method: string;
  readonly route?: string | undefined;
  /** Asked only when there is a span. */
  attributes(): Attributes;
}

/** Makes what begins the span of a server's request. Undefined as long as nobody collects spans. */
export function createServerTracer(
  options: TraceOptions & { trustRemote?: boolean },
): (start: Start, headers: PlainRequest["headers"]) => HttpSpan | undefined {
  const { propagator = propagation, trustRemote = false } = options;
  const findTracer = createTracerLookup(options.tracerProvider);
  const findCaller = createCallerLookup(propagator, trustRemote);

  return function startSpan({ method, ...start }, headers) {
    return attempt("A request has no span, as its tracer failed", () => {
      const tracer = findTracer();
      if (tracer === undefined) return undefined;
      const { parent, links } = findCaller(toHeaders(headers));
      const kind = SpanKind.SERVER;
      const attributes = start.attributes();
      const span = tracer.startSpan(spanName(method), { kind, attributes, links }, parent);
      return new HttpSpan(span, parent, method);
    });
  };
}

/** As {@link createServerTracer} for clients: `headers` are told of the span. */
export function createClientTracer(
  options: TraceOptions,
): (start: Start, headers: () => Headers) => { span: HttpSpan; headers: Headers } | undefined {
  const { propagator = propagation } = options;
  const findTracer = createTracerLookup(options.tracerProvider);

  return function startSpan({ method, route, ...start }, headersOf) {
    return attempt("A request has no span, as its tracer failed", () => {
      const tracer = findTracer();
      if (tracer === undefined) return undefined;
      // Before the span begins, as headers that make no sense throw: `fetch` tells of them.
      const headers = headersOf();
      const parent = context.active();
      const started = tracer.startSpan(
        spanName(method, route),
        { kind: SpanKind.CLIENT, attributes: start.attributes() },
        parent,
      );
      const span = new HttpSpan(started, parent, method);
      attempt("A server is not told of the trace, as the propagator failed", () =>
        propagator.inject(span.context, headers, headerSetter),
      );
      return { span, headers };
    });
  };
}
