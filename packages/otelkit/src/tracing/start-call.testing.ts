// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { EchoService } from "@labwire/testdata/echo";
import { Call, type CallTrace } from "../calls/call-record.ts";
import type { CallRequest, CallSide, CallTarget } from "../calls/call-target.ts";
import { type CallTracerOptions, createCallTracer } from "./call-tracer.ts";

/** The trace of a caller, as it comes in headers. */
export const caller = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
};

const target: CallTarget = {
  side: "server",
  system: "connectrpc",
  service: "a.B",
  method: "a.B/C",
  kind: "unary",
};

export function requestWith(header: Record<string, string> = {}): CallRequest {
  return { method: EchoService.method.unary, header: new Headers(header), url: "/a.B/C" };
}

/** What one tracer makes of the calls of one target. */
export function createStart(side: CallSide, options: CallTracerOptions) {
  const start = createCallTracer(side, options);
  return (request = requestWith()) => start(request, { ...target, side });
}

/** Ends the span of a call that succeeded. */
export function finish(started: CallTrace | undefined): void {
  const asksNothing = { timesFirstMessage: false, sizesMessages: false };
  const plan = { target, observers: [], now: () => 0, ...asksNothing };
  new Call(plan, undefined, started).finish(undefined);
}
