// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { MeasuredCall, Measures } from "./meter.ts";
import type { End } from "./observer/exchange.ts";
import type { ObservedCall } from "./observer/observed-call.ts";
import type { SpanRecorder } from "./span-recorder.ts";

/**
 * Says where the spans of one end differ from its metrics, which are judged by the wire, and from
 * the trace context that went over the wire.
 */
export function judgeSpans(
  end: End,
  { startedCount, ended }: SpanRecorder,
  measures: Measures,
  wire: ObservedCall | undefined,
): string[] {
  const count = measures.calls.length;
  if (startedCount !== count || ended.length !== count) {
    return [`${startedCount} spans were started and ${ended.length} ended instead of ${count}`];
  }
  const [span] = ended;
  const [call] = measures.calls;
  if (span === undefined || call === undefined) return [];
  return [...judgeAttributes(end, span, call), ...judgeContext(end, span, wire)];
}

function judgeAttributes(end: End, span: ReadableSpan, call: MeasuredCall): string[] {
  const name = call.method === "_OTHER" ? call.system : call.method;
  const isFailure = call.error !== undefined;
  const pairs: [what: string, actual: unknown, expected: unknown][] = [
    ["name", span.name, name],
    ["kind", span.kind, end === "server" ? SpanKind.SERVER : SpanKind.CLIENT],
    ["status", span.status.code, isFailure ? SpanStatusCode.ERROR : SpanStatusCode.UNSET],
    ["rpc.system.name", span.attributes["rpc.system.name"], call.system],
    ["rpc.method", span.attributes["rpc.method"], call.method],
    ["rpc.status_code", span.attributes["rpc.status_code"], call.status],
    ["error.type", span.attributes["error.type"], call.error],
    ["server.address", span.attributes["server.address"], call.address],
    ["server.port", span.attributes["server.port"], call.port],
  ];
  return pairs
    .filter(([, actual, expected]) => actual !== expected)
    .map(([what, actual, expected]) => `span's ${what} is ${actual} instead of ${expected}`);
}

/** The client's span is the one on the wire, and the server's links to that one. */
function judgeContext(end: End, span: ReadableSpan, wire: ObservedCall | undefined): string[] {
  const { traceId, spanId } = span.spanContext();
  const sent = wire?.traceparent;
  if (end === "client") {
    const own = `00-${traceId}-${spanId}-01`;
    return wire === undefined || sent === own ? [] : [`traceparent is ${sent} instead of ${own}`];
  }
  const [link, ...more] = span.links.map(({ context }) => context);
  if (more.length > 0) return [`${more.length + 1} links instead of 1`];
  const linked = link && `00-${link.traceId}-${link.spanId}-01`;
  return linked === sent ? [] : [`linked is ${linked} instead of ${sent}`];
}
