// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { SpanAttributeDescription, SpanDescription } from "../tracing/span-reference.ts";

const method: SpanAttributeDescription = {
  name: "http.request.method",
  description: "the method, or `_OTHER` for one that is not known",
  when: "always, from the start",
};

const status: SpanAttributeDescription = {
  name: "http.response.status_code",
  description: "the status code",
  when: "when there was a response, from the end",
};

/** The spans of HTTP requests, by OpenTelemetry's semantic conventions for HTTP spans. */
export const httpSpanReference: readonly SpanDescription[] = [
  {
    side: "server",
    kind: "SERVER",
    name: "the method and the route, such as `GET /users/:id`; without a route the method; `HTTP` for one that is not known",
    description: "From the arrival of a request to the end of its response",
    error: "the status code is 500 or more, the handler threw, or the client left before the end",
    attributes: [
      method,
      {
        name: "http.request.method_original",
        description: "the method as it came",
        when: "when it is not known, from the start",
      },
      {
        name: "url.scheme",
        description: "`http` or `https`",
        when: "always, from the start",
      },
      {
        name: "url.path",
        description: "the path, without the query",
        when: "always, from the start",
      },
      {
        name: "http.route",
        description: "the route, such as `/users/:id`",
        when: "when it is known, from the end",
      },
      status,
      {
        name: "error.type",
        description: "the status code, `aborted`, or the class of what a handler threw",
        when: "when the status of the span is an error, from the end",
      },
    ],
  },
  {
    side: "client",
    kind: "CLIENT",
    name: "the method and the template, such as `GET /users/{id}`; without a template the method; `HTTP` for one that is not known",
    description: "From the call of `fetch` to the head of the response",
    error: "the status code is 400 or more, or `fetch` rejected",
    attributes: [
      method,
      {
        name: "server.address",
        description: "the host of the URL",
        when: "when the URL is one, from the start",
      },
      {
        name: "server.port",
        description: "its port",
        when: "when the URL is one, from the start",
      },
      {
        name: "url.full",
        description: "the URL without user, password, query and fragment",
        when: "when the URL is one, from the start",
      },
      {
        name: "url.template",
        description: "what the option `template` says",
        when: "when it says something, from the start",
      },
      status,
      {
        name: "error.type",
        description: "the status code, or the code or class of what `fetch` threw",
        when: "when the status of the span is an error, from the end",
      },
    ],
  },
];
