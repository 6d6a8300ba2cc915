// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Context,
  context,
  propagation,
  SpanKind,
  type TextMapPropagator,
  type TracerProvider,
} from "@opentelemetry/api";
import type { CallTrace } from "../calls/call-record.ts";
import type { CallRequest, CallSide, CallTarget } from "../calls/call-target.ts";
import { reportFault } from "../report-fault.ts";
import { CallSpan } from "./call-span.ts";
import { createCallerLookup } from "./find-caller.ts";
import { createTracerLookup } from "./find-tracer.ts";
import { headerSetter } from "./header-carrier.ts";
import { createSpanStart } from "./span-start.ts";

/** Options of {@link createCallTracer}. */
export interface CallTracerOptions {
  tracerProvider?: TracerProvider | false;
  propagator?: TextMapPropagator;
  trustRemote?: boolean;
  headerAttributes?: readonly string[];
}

/**
 * Makes what begins the span of a call, and carries it to the other end in the headers. It returns
 * undefined as long as nobody collects spans, and never throws.
 *
 * @throws {OtelkitError} with code `invalid_option` when a name of a header is none.
 */
export function createCallTracer(
  side: CallSide,
  options: CallTracerOptions,
): (request: CallRequest, target: CallTarget) => CallTrace | undefined {
  const { tracerProvider, propagator = propagation, trustRemote = false } = options;
  const kind = side === "server" ? SpanKind.SERVER : SpanKind.CLIENT;
  const findTracer = createTracerLookup(tracerProvider);
  const findCaller = createCallerLookup(propagator, trustRemote);
  const describe = createSpanStart(options.headerAttributes);

  return function startTrace(request, target) {
    try {
      const tracer = findTracer();
      if (tracer === undefined) return undefined;
      const { parent, links } =
        side === "server" ? findCaller(request.header) : { parent: context.active() };
      const { name, attributes } = describe(request, target);
      const span = tracer.startSpan(name, { kind, attributes, links }, parent);
      const started = new CallSpan(span, parent);
      if (side === "client") tellServer(started.context, request.header);
      return started;
    } catch (error) {
      reportFault("A call has no span, as its tracer failed", error);
      return undefined;
    }
  };

  function tellServer(active: Context, header: Headers): void {
    try {
      propagator.inject(active, header, headerSetter);
    } catch (error) {
      reportFault("A server is not told of the trace, as the propagator failed", error);
    }
  }
}
