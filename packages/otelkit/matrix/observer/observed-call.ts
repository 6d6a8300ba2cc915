// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { gunzipSync } from "node:zlib";
import type { Break, Exchange, Half } from "./exchange.ts";
import type { Fields } from "./hpack.ts";

/** Which protocol a request is in, by its content type. A Connect GET request has none. */
export type ObservedProtocol = "grpc" | "grpc-web" | "connect-stream" | "connect-unary";

/** The messages that went one way. */
export interface ObservedMessages {
  count: number;
  /** Bytes of messages, whole or not, as they went: compressed, without their heads. */
  messageBytes: number;
  /** Bytes of the whole HTTP body. */
  wireBytes: number;
}

/** One call as the wire tells of it. */
export interface ObservedCall {
  protocol: ObservedProtocol;
  /** `pkg.Service/Method`. */
  method: string;
  received: ObservedMessages;
  sent: ObservedMessages;
  /** Whether the caller told the server how long it waits. */
  hasTimeout: boolean;
  /** HTTP status, when there was a response. */
  httpStatus: number | undefined;
  /**
   * The status that the response carries, in Connect's spelling, or `ok`. Undefined when the
   * response did not come to its end.
   */
  code: string | undefined;
  /** Whether the code is only what clients make of the HTTP status. */
  isPlainHttp: boolean;
  /** What broke the call before the response was complete. Then there is no code. */
  brokenBy: Break | undefined;
  /** The code of a response that came to its end, though perhaps after the call was broken. */
  lateCode: string | undefined;
  /** The W3C trace context that the request carries. */
  traceparent: string | undefined;
}

/** Reads gRPC, gRPC-Web and Connect, each by its own specification. */
export function readCall(exchange: Exchange): ObservedCall {
  const { request, response } = exchange;
  const protocol = protocolOf(request.head);
  const brokenBy = exchange.breaks.find(
    ({ responseUntilThen }) => codeOf(protocol, responseUntilThen) === undefined,
  );
  const lateCode = codeOf(protocol, response);
  return {
    protocol,
    method: (request.head?.get(":path") ?? "").split("?")[0]?.slice(1) ?? "",
    received: messagesOf(protocol, request),
    sent: messagesOf(protocol, response),
    hasTimeout:
      request.head?.has("grpc-timeout") === true ||
      request.head?.has("connect-timeout-ms") === true,
    httpStatus: statusOf(response.head),
    code: brokenBy === undefined ? lateCode : undefined,
    lateCode,
    isPlainHttp: isPlainHttp(protocol, response),
    brokenBy,
    traceparent: request.head?.get("traceparent"),
  };
}

function protocolOf(head: Fields | undefined): ObservedProtocol {
  const type = head?.get("content-type") ?? "";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  if (type.startsWith("application/grpc")) return "grpc";
  return type.startsWith("application/connect+") ? "connect-stream" : "connect-unary";
}

function statusOf(head: Fields | undefined): number | undefined {
  const status = head?.get(":status");
  return status === undefined ? undefined : Number(status);
}

interface Envelope {
  flags: number;
  data: Buffer;
  isWhole: boolean;
}

/** https://connectrpc.com/docs/protocol and gRPC's PROTOCOL-HTTP2 and PROTOCOL-WEB agree on these. */
function envelopesOf(body: Buffer): Envelope[] {
  const envelopes: Envelope[] = [];
  let offset = 0;
  while (offset + 5 <= body.length) {
    const end = offset + 5 + body.readUInt32BE(offset + 1);
    const data = body.subarray(offset + 5, end);
    envelopes.push({ flags: body.readUInt8(offset), data, isWhole: end <= body.length });
    offset = end;
  }
  return envelopes;
}

/** Flag of the envelope that ends a stream and is no message. */
const endFlags: Record<ObservedProtocol, number> = {
  grpc: 0,
  "grpc-web": 0x80,
  "connect-stream": 0x02,
  "connect-unary": 0,
};

function messagesOf(protocol: ObservedProtocol, half: Half): ObservedMessages {
  const wireBytes = half.body.length;
  if (protocol === "connect-unary") {
    const status = statusOf(half.head);
    // The body of an error is no message, and one that was broken off is none yet.
    // The message of a GET request stands in its query.
    const isGet = half.head?.get(":method") === "GET";
    if (isGet) return { count: isInQuery(half.head) ? 1 : 0, messageBytes: 0, wireBytes };
    // The body of an error is no message.
    if (status !== undefined && status !== 200) return { count: 0, messageBytes: 0, wireBytes };
    return { count: half.isComplete ? 1 : 0, messageBytes: wireBytes, wireBytes };
  }
  const messages = envelopesOf(half.body).filter(({ flags }) => !(flags & endFlags[protocol]));
  return {
    count: messages.filter(({ isWhole }) => isWhole).length,
    messageBytes: sum(messages.map(({ data }) => data.length)),
    wireBytes,
  };
}

function isInQuery(head: Fields | undefined): boolean {
  return head?.get(":path")?.includes("message=") === true;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function isPlainHttp(protocol: ObservedProtocol, { head, body }: Half): boolean {
  if (statusOf(head) === 200) return false;
  return protocol !== "connect-unary" || jsonCode(body.toString()) === undefined;
}

/** Undefined as long as the response has not told its status. */
function codeOf(protocol: ObservedProtocol, half: Half): string | undefined {
  const { head, body, trailers, isComplete } = half;
  const status = statusOf(head);
  if (status === undefined) return undefined;
  if (protocol === "connect-unary") {
    // A response without Connect's error has told all with its head.
    if (status !== 200 && head?.get("content-type") !== "application/json") {
      return codeOfHttpStatus(status);
    }
    if (!isComplete) return undefined;
    return status === 200 ? "ok" : (jsonCode(body.toString()) ?? codeOfHttpStatus(status));
  }
  if (status !== 200) return codeOfHttpStatus(status);
  if (protocol === "grpc") {
    const code = trailers?.get("grpc-status") ?? head?.get("grpc-status");
    if (code !== undefined) return grpcCode(code);
    return isComplete ? "missing grpc-status" : undefined;
  }
  const end = endOfStream(protocol, body);
  if (protocol === "grpc-web") {
    const code = end?.match(/^grpc-status:\s*(\d+)/im)?.[1] ?? head?.get("grpc-status");
    if (code !== undefined) return grpcCode(code);
    return isComplete ? "missing grpc-status" : undefined;
  }
  if (end === undefined) return isComplete ? "missing end of stream" : undefined;
  const { error } = JSON.parse(end);
  return error === undefined ? "ok" : error.code;
}

/** The text of the envelope that ends a stream. */
function endOfStream(protocol: ObservedProtocol, body: Buffer): string | undefined {
  const end = envelopesOf(body).find(
    ({ flags, isWhole }) => isWhole && (flags & endFlags[protocol]) !== 0,
  );
  if (end === undefined) return undefined;
  return (end.flags & 1 ? gunzipSync(end.data) : end.data).toString("latin1");
}

function jsonCode(text: string): string | undefined {
  try {
    return JSON.parse(text).code;
  } catch {
    return undefined;
  }
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html, in Connect's spelling. */
const codes = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

function grpcCode(value: string): string {
  return codes[Number(value)] ?? "unknown";
}

/** What a client makes of a response that is not RPC; gRPC and Connect have the same table. */
function codeOfHttpStatus(status: number): string {
  switch (status) {
    case 400:
      return "internal";
    case 401:
      return "unauthenticated";
    case 403:
      return "permission_denied";
    case 404:
      return "unimplemented";
    case 429:
    case 502:
    case 503:
    case 504:
      return "unavailable";
    default:
      return "unknown";
  }
}
