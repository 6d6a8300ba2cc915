// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { errorTypeOf } from "./error-type.ts";
import { createMethodName, defaultKnownMethods } from "./http-method.ts";
import { statusAttributes, statusClassOf } from "./http-server.ts";
import { createClientTracer } from "./http-tracer.ts";
import type { MeasureOptions } from "./measure-options.ts";
import { type HttpClientField, type HttpClientMetric, httpClientMetrics } from "./presets.ts";
import { createRecorder, type Fields } from "./recorder.ts";
import type { TraceOptions } from "./trace-options.ts";

/** A `fetch`, the runtime's own or one that is used in its place. */
type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Options of {@link instrumentFetch}. */
export interface FetchOptions extends MeasureOptions, TraceOptions {
  /** Names and labels of the metrics. Default `httpClientMetrics`, the semantic conventions. */
  metrics?: readonly HttpClientMetric[];
  /**
   * The template that a URL was made of, such as `/users/{id}`. Default none. Never return the path,
   * as paths have no end.
   */
  template?: (url: URL) => string | undefined;
  /** Attributes of every series. Default none. */
  attributes?: Attributes;
  /** Methods that are told apart; all others are `_OTHER`. Default those of RFC 9110, PATCH, QUERY. */
  knownMethods?: readonly string[];
}

/**
 * Wraps `fetch`, so that its requests are measured, each until the headers of its response are
 * there: reading the body is the caller's own time, and nobody tells when it is left unread.
 *
 * @throws {OtelkitError} with code `invalid_option` when `metrics` make no sense.
 */
export function instrumentFetch(fetch: Fetch, options: FetchOptions = {}): Fetch {
  const { template, attributes, knownMethods = defaultKnownMethods } = options;
  const methodName = createMethodName(knownMethods);
  const startSpan = createClientTracer(options);
  const begin = createRecorder<HttpClientField>({
    ...options,
    metrics: options.metrics ?? httpClientMetrics,
    startFields: ["method", "scheme", "serverAddress", "serverPort", "template"],
  });

  return async function measuredFetch(input, init) {
    const given = isRequest(input) ? input : undefined;
    const url = URL.parse(given?.url ?? String(input));
    const method = methodName(normalized(init?.method ?? given?.method ?? "GET"));
    const chosen = attempt("The option 'template' failed", () => url && template?.(url));
    const target = { method, template: chosen ?? undefined, ...serverOf(url) };
    const traced = startSpan(
      {
        method,
        route: target.template,
        attributes: () => ({ ...attributes, ...spanAttributes(target, url) }),
      },
      () => new Headers(init?.headers ?? given?.headers),
    );
    const request = begin(target, attributes, traced?.span.spanContext);

    function end(statusCode: number | undefined, errorType: string | undefined) {
      const isSuccess = errorType === undefined;
      const outcome = isSuccess ? "success" : "failure";
      const statusClass = statusClassOf(statusCode);
      request.finish({ isSuccess, fields: { statusCode, statusClass, errorType, outcome } });
      traced?.span.end({ attributes: statusAttributes(statusCode, errorType), errorType });
    }

    try {
      const response = await (traced === undefined
        ? fetch(input, init)
        : traced.span.run(() => fetchWith(fetch, traced.headers, input, init)));
      end(response.status, response.status >= 400 ? String(response.status) : undefined);
      return response;
    } catch (error) {
      end(undefined, errorTypeOf(error));
      throw error;
    }
  };
}

/** Fetches what it is given, with other headers. */
function fetchWith(
  fetch: Fetch,
  headers: Headers,
  input: Parameters<Fetch>[0],
  init?: RequestInit,
) {
  // The parts of a Request are not its own properties: a copy would be empty.
  return init instanceof Request
    ? fetch(new Request(input, init), { headers })
    : fetch(input, { ...init, headers });
}

/** Also a Request of another `fetch`, such as undici's, which is of another class. */
function isRequest(input: string | URL | Request): input is Request {
  return typeof input === "object" && "url" in input && "headers" in input;
}

function serverOf(url: URL | null) {
  if (url === null) return {};
  return {
    scheme: url.protocol.slice(0, -1),
    // An IPv6 address stands in brackets in URLs only.
    serverAddress: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    serverPort: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
  };
}

function spanAttributes(
  { method, template, serverAddress, serverPort }: Fields<HttpClientField>,
  url: URL | null,
): Attributes {
  return {
    "http.request.method": method,
    "server.address": serverAddress,
    "server.port": serverPort,
    // Without user, password and query, as these hold secrets.
    "url.full": url === null ? undefined : `${url.origin}${url.pathname}`,
    "url.template": template,
  };
}

/** As `fetch` itself does with these methods, and with no other. */
function normalized(method: string): string {
  return /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}
