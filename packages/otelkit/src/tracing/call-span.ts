// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Context,
  type Span,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import type { CallRecord, CallTrace } from "../calls/call-record.ts";
import { isFailure, statusName } from "../presets/semconv-status.ts";
import { type AroundCall, withAroundCall } from "./around-call.ts";

/** The span of one call, which ends when the call does. */
export class CallSpan implements CallTrace, AroundCall {
  readonly context: Context;
  readonly span: SpanContext | undefined;
  isEnded = false;
  readonly #span: Span;

  /** @param parent the context that the span was started in. */
  constructor(span: Span, parent: Context) {
    this.context = withAroundCall(trace.setSpan(parent, span), this);
    this.#span = span;
    const spanContext = span.spanContext();
    const isSampled = (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;
    this.span = isSampled ? spanContext : undefined;
  }

  finished({ target, code, errorMessage }: CallRecord): void {
    this.isEnded = true;
    const status = statusName(target.system, code);
    try {
      this.#span.setAttribute("rpc.status_code", status);
      if (!isFailure(target.side, code)) return;
      this.#span.setAttribute("error.type", status);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: errorMessage });
    } finally {
      this.#span.end();
    }
  }
}
