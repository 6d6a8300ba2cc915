// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { iterate, type Kind, streamsRequests, type Text } from "../kinds.ts";
import type { Outcome } from "../outcome.ts";
import type { Scene } from "../scene.ts";
import type { Wire } from "../wires.ts";
import { rawCall } from "./raw-call.ts";
import {
  changeRequest,
  compressAs,
  message,
  needsEnvelopes,
  needsStreamOfRequests,
  needsStreamOfResponses,
  oneThen,
  readAllThen,
  undecodable,
  waitForAbort,
} from "./shared.ts";

const large: Text = { text: "x".repeat(1000) };
const small: Text = { text: "small" };

/** Calls that Connect itself refuses, on either end, most of them before a handler runs. */
export const refusals: readonly Outcome[] = [
  {
    name: "request is too large",
    interceptorSees: nothingOfUnary,
    wire: "resource_exhausted",
    server: { readMaxBytes: 100 },
    run: (scene) => scene.call({ requests: iterate([large]) }),
  },
  {
    name: "second request is too large",
    wire: "resource_exhausted",
    missing: needsStreamOfRequests,
    server: { readMaxBytes: 100 },
    run: (scene) => scene.call({ requests: iterate([small, large]) }),
  },
  {
    name: "response is too large",
    interceptorSees: onlyWhatTheHandlerDid,
    wire: "resource_exhausted",
    server: { writeMaxBytes: 100 },
    behave: readAllThen(() => [large]),
  },
  {
    name: "second response is too large",
    interceptorSees: onlyWhatTheHandlerDid,
    wire: "resource_exhausted",
    missing: needsStreamOfResponses,
    server: { writeMaxBytes: 100 },
    behave: readAllThen(() => [small, large]),
  },
  {
    name: "response is too large for the client",
    wire: ({ version }) => ["ok", version === "2" ? "reset 2 by client" : "cut by client"],
    isRace: true,
    behave: readAllThen(() => [large]),
    run: (scene) => scene.call({ client: { readMaxBytes: 100 } }),
  },
  {
    name: "request is too large for the client",
    wire: "nothing",
    run: (scene) => scene.call({ requests: iterate([large]), client: { writeMaxBytes: 100 } }),
  },
  {
    name: "second request is too large for the client",
    wire: ({ version }) => (version === "2" ? "reset 2 by client" : "cut by client"),
    missing: needsStreamOfRequests,
    behave: waitForAbort,
    run: (scene) =>
      scene.call({
        requests: oneThen(small, scene.handler.reading, large),
        client: { writeMaxBytes: 100 },
      }),
  },
  {
    name: "compression is unknown",
    interceptorSees: nothingOfUnary,
    wire: "unimplemented",
    run: (scene) => scene.call({ client: compressAs("snappy") }),
  },
  {
    name: "compressed data is corrupt",
    interceptorSees: nothingOfUnary,
    wire: ["invalid_argument", "internal"],
    run: (scene) =>
      scene.call({ client: compressAs("gzip", async () => new Uint8Array([1, 2, 3])) }),
  },
  {
    name: "content type is another",
    interceptorSees: nothing,
    wire: "HTTP 415",
    run: (scene) =>
      scene.call({
        interceptor: changeRequest(({ header }) => header.set("content-type", "text/plain")),
      }),
  },
  {
    name: "codec is unknown",
    interceptorSees: nothing,
    wire: "HTTP 415",
    run: (scene) =>
      scene.call({
        interceptor: changeRequest(({ header }) => {
          const type = header.get("content-type") ?? "";
          header.set("content-type", type.replace("proto", "thrift"));
        }),
      }),
  },
  {
    name: "method is unknown",
    interceptorSees: nothing,
    wire: "HTTP 404",
    isForAnyVersion: true,
    run: callAt((url) => `${url}Nope`),
  },
  {
    name: "service is unknown",
    interceptorSees: nothing,
    wire: "HTTP 404",
    isForAnyVersion: true,
    run: callAt((url) => url.replace("EchoService", "NopeService")),
  },
  {
    name: "requestGate refuses",
    interceptorSees: nothing,
    wire: "unauthenticated",
    server: {
      requestGate: () => {
        throw new ConnectError("who are you", Code.Unauthenticated);
      },
    },
  },
  {
    name: "requestGate throws a plain Error",
    interceptorSees: nothing,
    wire: "internal",
    server: {
      requestGate: () => {
        throw new Error("no");
      },
    },
  },
  {
    name: "timeout is malformed",
    interceptorSees: nothingOfUnary,
    wire: "invalid_argument",
    run: (scene) =>
      scene.call({
        interceptor: changeRequest(({ header }) => {
          header.set(
            scene.wire.protocol === "connect" ? "connect-timeout-ms" : "grpc-timeout",
            "soon",
          );
        }),
      }),
  },
  {
    name: "timeout is longer than the server allows",
    interceptorSees: nothingOfUnary,
    wire: "invalid_argument",
    server: { maxTimeoutMs: 1000 },
    run: (scene) => scene.call({ timeoutMs: 60_000 }),
  },
  {
    name: "HTTP version cannot carry the call",
    interceptorSees: nothing,
    wire: "HTTP 505",
    isForAnyVersion: true,
    missing: ({ version }, kind) =>
      kind === "bidi" && version === "1.1" ? undefined : "only bidi needs HTTP/2",
  },
  {
    name: "HTTP method is GET",
    interceptorSees: nothing,
    wire: "HTTP 405",
    isRaw: true,
    run: rawCall({ method: "GET" }),
  },
  {
    name: "HTTP method is PUT",
    interceptorSees: nothing,
    wire: "HTTP 405",
    isRaw: true,
    run: rawCall({ method: "PUT" }),
  },
  {
    name: "request message is missing",
    interceptorSees: nothingOfUnary,
    wire: "unimplemented",
    missing: (wire, kind) =>
      needsOneRequest(wire, kind) ??
      needsEnvelopes("an empty body is an empty message")(wire, kind),
    isRaw: true,
    run: rawCall({ messages: [] }),
  },
  {
    name: "request has a message too many",
    interceptorSees: nothingOfUnary,
    wire: "unimplemented",
    missing: (wire, kind) =>
      needsOneRequest(wire, kind) ?? needsEnvelopes("all of the body is one message")(wire, kind),
    isRaw: true,
    run: rawCall({ messages: [message, message] }),
  },
  {
    name: "request cannot be decoded",
    interceptorSees: nothingOfUnary,
    wire: "internal",
    isRaw: true,
    run: rawCall({ messages: [undecodable] }),
  },
  {
    name: "second request cannot be decoded",
    wire: "internal",
    missing: needsStreamOfRequests,
    isRaw: true,
    run: rawCall({ messages: [message, undecodable] }),
  },
  {
    name: "request ends within a message",
    interceptorSees: nothingOfUnary,
    wire: "invalid_argument",
    missing: needsEnvelopes("the body has no length of its own"),
    isRaw: true,
    run: rawCall({ messages: [message], cutOff: 2 }),
  },
];

/** Makes what calls another URL than the method's. */
function callAt(change: (url: string) => string): (scene: Scene) => Promise<unknown> {
  const interceptor = changeRequest((request) => {
    Object.assign(request, { url: change(request.url) });
  });
  return (scene) => scene.call({ interceptor });
}

/** Connect refuses the call before it comes to interceptors. */
function nothing(): string {
  return "nothing";
}

/** Connect reads a unary request before its interceptors, and a stream's behind them. */
function nothingOfUnary(_wire: Wire, kind: Kind): string | undefined {
  return kind === "unary" ? "nothing" : undefined;
}

/** The response is made into bytes behind the interceptors. Streams are told to stop then. */
function onlyWhatTheHandlerDid(_wire: Wire, kind: Kind): string {
  return kind === "unary" ? "ok" : "canceled";
}

function needsOneRequest(_wire: Wire, kind: Kind): string | undefined {
  return streamsRequests(kind) ? "streams may have any number of requests" : undefined;
}
