// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Context,
  context,
  createContextKey,
  type Link,
  type Span,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";
import { reportFault } from "../report-fault.ts";
import { isInsideCall } from "./around-call.ts";
import { headerGetter } from "./header-carrier.ts";

/**
 * Where OpenTelemetry's HTTP instrumentation tells of the span of a request, also of one that is
 * not sampled: `setRPCMetadata` of `@opentelemetry/core`.
 */
const httpSpanKey = createContextKey("OpenTelemetry SDK Context Key RPC_METADATA");

/** Where the span of a server's call belongs. */
export interface Caller {
  readonly parent: Context;
  readonly links?: Link[];
}

/** Makes what finds the caller of a server's call, from the headers and what is active. */
export function createCallerLookup(
  propagator: Pick<TextMapPropagator, "extract">,
  trustRemote: boolean,
): (header: Headers) => Caller {
  function extract(base: Context, header: Headers): Context {
    try {
      return propagator.extract(base, header, headerGetter);
    } catch (error) {
      reportFault("The trace of a caller is not known, as the propagator failed", error);
      return base;
    }
  }

  return function findCaller(header) {
    const active = context.active();
    const around = trace.getSpan(active);
    if (around !== undefined && isOfThisCall(around, active)) return { parent: active };
    const base = around === undefined ? active : trace.deleteSpan(active);
    const remote = extract(base, header);
    if (trustRemote) return { parent: remote };
    const caller = trace.getSpanContext(remote);
    return caller !== undefined && trace.isSpanContextValid(caller)
      ? { parent: base, links: [{ context: caller }] }
      : { parent: base };
  };
}

/**
 * Whether the active span is one around this call. Node hands the context in which a server began
 * to listen to all its requests, so that the span of a start that is long over may be active.
 */
function isOfThisCall(span: Span, active: Context): boolean {
  // One that is not sampled does not record, whether it is over or not.
  return span.isRecording() || isInsideCall(active) || active.getValue(httpSpanKey) !== undefined;
}
