// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallSide } from "../calls/call-target.ts";

/** An attribute of a span, as data. */
export interface SpanAttributeDescription {
  readonly name: string;
  /** What it is. */
  readonly description: string;
  /** When a span has it, as the end of a sentence. */
  readonly when: string;
}

/** The spans of one side, as data: documents are written from it. */
export interface SpanDescription {
  readonly side: CallSide;
  readonly kind: "SERVER" | "CLIENT";
  /** Name of the span. */
  readonly name: string;
  /** Which time it spans. */
  readonly description: string;
  /** When its status is an error. Otherwise it is unset. */
  readonly error: string;
  readonly attributes: readonly SpanAttributeDescription[];
}

const system: SpanAttributeDescription = {
  name: "rpc.system.name",
  description: "`grpc` (gRPC and gRPC-Web) or `connectrpc`",
  when: "always, from the start",
};

const atEnd: readonly SpanAttributeDescription[] = [
  {
    name: "rpc.status_code",
    description: "`OK`, or the code as its system spells it: `NOT_FOUND` or `not_found`",
    when: "always, from the end",
  },
  {
    name: "error.type",
    description: "the same code",
    when: "when the status of the span is an error, from the end",
  },
];

const asked: readonly SpanAttributeDescription[] = [
  {
    name: "rpc.request.header.<name>",
    description: "values of a request header, as an array",
    when: "when the option `headerAttributes` names the header and the request has it",
  },
];

/** All spans that this package makes, by OpenTelemetry's semantic conventions for RPC spans. */
export const spanReference: readonly SpanDescription[] = [
  {
    side: "server",
    kind: "SERVER",
    name: "`pkg.Service/Method`; for a path that no service has the value of `rpc.system.name`",
    description: "From the arrival of a request to the end of its response, streams included",
    error:
      "the code is the server's own fault: `unknown`, `deadline_exceeded`, `unimplemented`, `internal`, `unavailable`, `data_loss`",
    attributes: [
      system,
      {
        name: "rpc.method",
        description: "`pkg.Service/Method`, or `_OTHER` for a path that no service has",
        when: "always, from the start",
      },
      {
        name: "rpc.method_original",
        description: "the path that the caller asked for, 256 characters at most",
        when: "when no service has it, from the start",
      },
      ...asked,
      ...atEnd,
    ],
  },
  {
    side: "client",
    kind: "CLIENT",
    name: "`pkg.Service/Method`",
    description: "From the start of a call to the end of its response, streams included",
    error: "the call failed, with whatever code",
    attributes: [
      system,
      {
        name: "rpc.method",
        description: "`pkg.Service/Method`",
        when: "always, from the start",
      },
      {
        name: "server.address",
        description: "the host of the transport's `baseUrl`",
        when: "when `baseUrl` is a whole URL, from the start",
      },
      {
        name: "server.port",
        description: "its port",
        when: "when `baseUrl` is a whole URL, from the start",
      },
      ...asked,
      ...atEnd,
    ],
  },
];
