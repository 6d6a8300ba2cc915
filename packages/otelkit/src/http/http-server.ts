// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { createMethodName, defaultKnownMethods } from "./http-method.ts";
import type { MeasureOptions } from "./measure-options.ts";
import { type HttpServerField, type HttpServerMetric, httpServerMetrics } from "./presets.ts";
import { createRecorder, type Measured } from "./recorder.ts";

/** Options of whatever measures an HTTP server. */
export interface HttpServerOptions<Request> extends MeasureOptions {
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
   * Methods that are told apart; all others are `_OTHER`. Default those of RFC 9110, PATCH and
   * QUERY.
   */
  knownMethods?: readonly string[];
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
  /** Ends it. The first end counts. Never throws. */
  end(end: HttpEnd): void;
}

/** Requests that are measured, so that two layers do not count one twice, and a route finds its own. */
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
): (request: Request, method: string | undefined, scheme: string) => HttpRequestWatch | undefined {
  const {
    filter = () => true,
    attributes = () => ({}),
    knownMethods = defaultKnownMethods,
  } = options;
  const methodName = createMethodName(knownMethods);
  const begin = createRecorder<HttpServerField>({
    ...options,
    metrics: options.metrics ?? httpServerMetrics,
    startFields: ["method", "scheme"],
  });

  return function watchRequest(request, method, scheme) {
    if (watches.has(request)) return undefined;
    if (attempt("The option 'filter' failed", () => filter(request)) === false) return undefined;
    const extra = attempt("The option 'attributes' failed", () => attributes(request));
    const measured = begin({ method: methodName(method), scheme }, extra);
    const watch: HttpRequestWatch = {
      route: undefined,
      end(end) {
        const chosen = attempt("The option 'route' failed", () => options.route?.(request));
        finishRequest(measured, chosen ?? watch.route, end);
      },
    };
    watches.set(request, watch);
    return watch;
  };
}

function finishRequest(
  measured: Measured<HttpServerField>,
  route: string | undefined,
  { statusCode, requestBytes, responseBytes, ...end }: HttpEnd,
): void {
  const isServerError = statusCode !== undefined && statusCode >= 500;
  const errorType =
    isServerError && end.errorType === undefined ? String(statusCode) : end.errorType;
  const isSuccess = errorType === undefined;
  const outcome = isSuccess ? "success" : "failure";
  measured.finish({
    isSuccess,
    fields: { route, statusCode, statusClass: statusClassOf(statusCode), errorType, outcome },
    requestBytes,
    responseBytes,
  });
}

/** `2xx` for 200. */
export function statusClassOf(statusCode: number | undefined): string | undefined {
  return statusCode === undefined ? undefined : `${Math.floor(statusCode / 100)}xx`;
}
