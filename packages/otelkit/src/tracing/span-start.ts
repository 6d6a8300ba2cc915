// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import type { CallRequest, CallTarget } from "../calls/call-target.ts";
import { targetAttributes } from "../calls/target-attributes.ts";
import { OtelkitError } from "../otelkit-error.ts";

/** Characters of a path that no service has, at most: callers write it. */
const maxPathLength = 256;

/** What a span is started with. */
export interface SpanStart {
  readonly name: string;
  readonly attributes: Attributes;
}

/**
 * Makes what names and describes the span of a call at its start, by OpenTelemetry's conventions
 * for RPC spans. What the calls of a target share is made once.
 *
 * @throws {OtelkitError} with code `invalid_option` when a name of a header is none.
 */
export function createSpanStart(
  headerNames: readonly string[] = [],
): (request: CallRequest, target: CallTarget) => SpanStart {
  const headers = headerNames.map((name) => {
    checkHeaderName(name);
    return { name, key: `rpc.request.header.${name.toLowerCase()}` };
  });
  const ofTargets = new WeakMap<CallTarget, SpanStart>();

  function ofTarget(target: CallTarget): SpanStart {
    let start = ofTargets.get(target);
    if (start === undefined) {
      start = startOf(target);
      ofTargets.set(target, start);
    }
    return start;
  }

  return function describeSpan(request, target) {
    const start = ofTarget(target);
    if (headers.length === 0 && request.method !== undefined) return start;
    const attributes: Attributes = { ...start.attributes };
    if (request.method === undefined) attributes["rpc.method_original"] = pathOf(request.url);
    for (const { name, key } of headers) {
      const value = request.header.get(name);
      if (value !== null) attributes[key] = [value];
    }
    return { name: start.name, attributes };
  };
}

function startOf(target: CallTarget): SpanStart {
  // The convention names a span by its system where the method says nothing.
  const name = target.kind === undefined ? target.system : target.method;
  return { name, attributes: Object.freeze(targetAttributes(target)) };
}

/** What a caller wrote where methods stand. Without the query, which may hold a message. */
function pathOf(url: string): string {
  const path = /^(?:[a-z]+:\/\/[^/?#]*)?\/?([^?#]*)/i.exec(url)?.[1] ?? "";
  return path.slice(0, maxPathLength);
}

function checkHeaderName(name: string): void {
  try {
    new Headers().has(name);
  } catch (cause) {
    throw new OtelkitError(
      `Cannot trace calls as 'headerAttributes' must name headers: current value is '${name}'`,
      { code: "invalid_option", cause },
    );
  }
}
