// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { attempt } from "./attempt.ts";
import { errorTypeOf } from "./error-type.ts";
import { createMethodName, defaultKnownMethods } from "./http-method.ts";
import { statusClassOf } from "./http-server.ts";
import type { MeasureOptions } from "./measure-options.ts";
import { type HttpClientField, type HttpClientMetric, httpClientMetrics } from "./presets.ts";
import { createRecorder, type Fields } from "./recorder.ts";

/** A `fetch`, the runtime's own or one that is used in its place. */
type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Options of {@link instrumentFetch}. */
export interface FetchOptions extends MeasureOptions {
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
  const begin = createRecorder<HttpClientField>({
    ...options,
    metrics: options.metrics ?? httpClientMetrics,
    startFields: ["method", "scheme", "serverAddress", "serverPort", "template"],
  });

  function fieldsOf(input: string | URL | Request, init?: RequestInit): Fields<HttpClientField> {
    const request = input instanceof Request ? input : undefined;
    const url = URL.parse(request?.url ?? String(input));
    const method = methodName(normalized(init?.method ?? request?.method ?? "GET"));
    if (url === null) return { method };
    return {
      method,
      scheme: url.protocol.slice(0, -1),
      // An IPv6 address stands in brackets in URLs only.
      serverAddress: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      serverPort: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
      template: attempt("The option 'template' failed", () => template?.(url)),
    };
  }

  return async function measuredFetch(input, init) {
    const request = begin(fieldsOf(input, init), attributes);
    try {
      const response = await fetch(input, init);
      const errorType = response.status >= 400 ? String(response.status) : undefined;
      request.finish(endingOf(response.status, errorType));
      return response;
    } catch (error) {
      request.finish(endingOf(undefined, errorTypeOf(error)));
      throw error;
    }
  };
}

function endingOf(statusCode: number | undefined, errorType: string | undefined) {
  const isSuccess = errorType === undefined;
  const outcome = isSuccess ? "success" : "failure";
  return {
    isSuccess,
    fields: { statusCode, statusClass: statusClassOf(statusCode), errorType, outcome },
  };
}

/** As `fetch` itself does with these methods, and with no other. */
function normalized(method: string): string {
  return /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}
