// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type SpanContext, TraceFlags } from "@opentelemetry/api";
import type { Exemplar } from "./metric-view.ts";

/** The clock of exemplars, in milliseconds since 1970; undefined when none are kept. */
export type ExemplarClock = (() => number) | undefined;

/** Whether a trace of the span can be looked up, which is what an exemplar is for. */
export function isSampled(span: SpanContext): boolean {
  return (span.traceFlags & TraceFlags.SAMPLED) !== 0;
}

export function exemplarOf(value: number, span: SpanContext, timeMs: number): Exemplar {
  return { traceId: span.traceId, spanId: span.spanId, value, timeMs };
}
