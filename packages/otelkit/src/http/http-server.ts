// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import type { PlainRequest } from "../connect/plain-request.ts";
import { attempt } from "./attempt.ts";
import { createMethodName, defaultKnownMethods } from "./http-method.ts";
import { createServerTracer } from "./http-tracer.ts";
import type { MeasureOptions } from "./measure-options.ts";
import { type HttpServerField, type HttpServerMetric, httpServerMetrics } from "./presets.ts";
import { createRecorder } from "./recorder.ts";
import type { TraceOptions } from "./trace-options.ts";

/** Options of whatever measures an HTTP server. */
export interface HttpServerOptions<Request> extends MeasureOptions, TraceOptions {
  /** Names and labels of the metrics. Default `httpServerMetrics`, the semantic conventions. */
  metrics?: readonly HttpServerMetric[];
  /**
   * The route of a request, such as `/users/:id`, asked when it is over. Default what
   * `setHttpRoute` was told, or the route that Express has found, or else none. Never return the
   * path: whoever calls the server could make series without end.
   */
  route?: (request: Request) => string | undefined;
  /**
   * Decides whether a request is measured, before it begins. Default every one. When it throws,
   * the request is measured and the fault goes to OpenTelemetry's `diag` logger.
   */
  filter?: (request: Request) => boolean;
  /**
   * Attributes of your own on every metric of a request. Default none. Every combination of values
   * is a series of its own: never use what callers choose freely. When it throws, the request has
   * none, and the fault goes to OpenTelemetry's `diag` logger.
   */
  attributes?: (request: Request) => Attributes;
  /**
   * Whether a span continues the caller's trace. Default false: the span begins a trace of its own
   * that links to the caller's, since callers of a public server must not choose what is sampled.
   * Turn it on for servers that only your own services call.
   */
  trustRemote?: boolean;
  /**
   * Methods that are told apart; all others are `_OTHER`. Default those of RFC 9110, PATCH and
   * QUERY.
   */
  knownMethods?: readonly string[];
}

/** What a server knows of a request when it comes. */
export interface HttpStart {
  readonly method: string | undefined;
  readonly scheme: string;
  /** Path and query, or the whole URL. */
  readonly url: string | undefined;
  readonly headers: PlainRequest["headers"];
}

/** How a request ended. */
export interface HttpEnd {
  /** Undefined when the client left before there was one. */
  readonly statusCode?: number | undefined;
  /** Value of `error.type` when it is not told by the status. */
  readonly errorType?: string | undefined;
  readonly requestBytes?: number | undefined;
  readonly responseBytes?: number | undefined;
}

/** A request that is under way. */
export interface HttpRequestWatch {
  route: string | undefined;
  /** Runs what belongs to the request, with its span active. */
  run<T>(act: () => T): T;
  /** Ends it. The first end counts. Never throws. */
  end(end: HttpEnd): void;
}

/** Requests under way, so that two layers do not count one twice, and routes find their own. */
const watches = new WeakMap<object, HttpRequestWatch>();

/**
 * Names the route of a request that is being measured, from wherever it is known: a framework's
 * hook, or the handler itself. The last name counts. Requests that are not measured are let be.
 */
export function setHttpRoute(request: object, route: string | undefined): void {
  const watch = watches.get(request);
  if (watch !== undefined) watch.route = route;
}

/** Makes the function that begins to measure a request; undefined for one that is not to be. */
export function createHttpWatch<Request extends object>(
  options: HttpServerOptions<Request>,
): (request: Request, start: HttpStart) => HttpRequestWatch | undefined {
  const { filter = () => true, attributes = () => ({}) } = options;
  const methodName = createMethodName(options.knownMethods ?? defaultKnownMethods);
  const startSpan = createServerTracer(options);
  const begin = createRecorder<HttpServerField>({
    ...options,
    metrics: options.metrics ?? httpServerMetrics,
    startFields: ["method", "scheme"],
  });

  return function watchRequest(request, start) {
    if (watches.has(request)) return undefined;
    if (attempt("The option 'filter' failed", () => filter(request)) === false) return undefined;
    const extra = attempt("The option 'attributes' failed", () => attributes(request));
    const method = methodName(start.method);
    const span = startSpan(
      { method, attributes: () => spanAttributes(method, start, extra) },
      start.headers,
    );
    const measured = begin({ method, scheme: start.scheme }, extra, span?.spanContext);
    let isEnded = false;
    const watch: HttpRequestWatch = {
      route: undefined,
      run: (act) => (span === undefined ? act() : span.run(act)),
      end({ statusCode, errorType = serverErrorOf(statusCode), requestBytes, responseBytes }) {
        if (isEnded) return;
        isEnded = true;
        const chosen = attempt("The option 'route' failed", () => options.route?.(request));
        const route = chosen ?? watch.route;
        const isSuccess = errorType === undefined;
        const outcome = isSuccess ? "success" : "failure";
        const statusClass = statusClassOf(statusCode);
        const fields = { route, statusCode, statusClass, errorType, outcome };
        measured.finish({ isSuccess, fields, requestBytes, responseBytes });
        const ended = { "http.route": route, ...statusAttributes(statusCode, errorType) };
        span?.end({ route, attributes: ended, errorType });
      },
    };
    watches.set(request, watch);
    return watch;
  };
}

function spanAttributes(
  method: string,
  { scheme, url = "", ...start }: HttpStart,
  extra: Attributes | undefined,
): Attributes {
  const path = URL.parse(url, "http://localhost")?.pathname;
  return {
    ...extra,
    "http.request.method": method,
    "http.request.method_original": method === "_OTHER" ? start.method : undefined,
    "url.scheme": scheme,
    "url.path": path,
  };
}

/** What a span is told at its end, by the conventions. */
export function statusAttributes(
  statusCode: number | undefined,
  errorType: string | undefined,
): Attributes {
  return { "http.response.status_code": statusCode, "error.type": errorType };
}

function serverErrorOf(statusCode: number | undefined): string | undefined {
  return statusCode !== undefined && statusCode >= 500 ? String(statusCode) : undefined;
}

/** `2xx` for 200. */
export function statusClassOf(statusCode: number | undefined): string | undefined {
  return statusCode === undefined ? undefined : `${Math.floor(statusCode / 100)}xx`;
}
