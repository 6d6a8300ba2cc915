// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { type AroundCall, withAroundCall } from "../tracing/around-call.ts";
import { attempt } from "./attempt.ts";

/** How the request of a span ended. */
export interface SpanEnd {
  /** Route of a server or template of a client. */
  readonly route?: string | undefined;
  readonly attributes: Attributes;
  readonly errorType: string | undefined;
}

/** The span of an HTTP request. None of its methods throws on its own account. */
export class HttpSpan implements AroundCall {
  isEnded = false;
  /** For exemplars. */
  readonly spanContext: SpanContext;
  /** With the span in it. */
  readonly context: Context;
  readonly #span: Span;
  readonly #method: string;

  /** @param parent the context that the span was started in. */
  constructor(span: Span, parent: Context, method: string) {
    this.spanContext = span.spanContext();
    this.#span = span;
    this.context = withAroundCall(trace.setSpan(parent, span), this);
    this.#method = method;
  }

  /** Runs what belongs to the request with the span active. */
  run<T>(act: () => T): T {
    return context.with(this.context, act);
  }

  /** Call it once. */
  end({ route, attributes, errorType }: SpanEnd): void {
    this.isEnded = true;
    attempt("Tracing failed when a request ended", () => {
      try {
        if (route !== undefined) this.#span.updateName(spanName(this.#method, route));
        this.#span.setAttributes(attributes);
        if (errorType !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR });
      } finally {
        this.#span.end();
      }
    });
  }
}

/** By the semantic conventions: the method, then what there are few of. */
export function spanName(method: string, route?: string): string {
  const verb = method === "_OTHER" ? "HTTP" : method;
  return route === undefined ? verb : `${verb} ${route}`;
}
