// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { setImmediate } from "node:timers/promises";
import type { GatewayRequest, GatewayResponse } from "./exchange.ts";

/** A request of `node:http` or of the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
/** A response of `node:http` or of the compatibility API of `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** Answers a request of Node.js. It never rejects. */
export async function handleNode(
  request: NodeRequest,
  response: NodeResponse,
  answer: (request: GatewayRequest) => Promise<GatewayResponse>,
): Promise<void> {
  const gone = new AbortController();
  const released = new AbortController();
  response.once("close", () => {
    if (!released.signal.aborted) gone.abort();
  });
  // A connection that breaks is told by `close`: nobody else listens for its errors.
  request.on("error", () => {});
  response.on("error", () => {});
  const result = await answer({
    method: request.method ?? "GET",
    target: targetOf(request.url ?? "/"),
    headers: headersOf(request),
    remoteAddress: request.socket?.remoteAddress,
    signal: gone.signal,
    body: chunksOf(request, released.signal),
  });
  released.abort();
  // A small body may be on its way through the parser: that is no reason to close the connection.
  if (!request.complete) await setImmediate();
  if (gone.signal.aborted || response.headersSent) return;
  respond(request, response, result);
}

/** Reads a body as it is asked for, until it is released: what is left then is nobody's. */
async function* chunksOf(request: NodeRequest, released: AbortSignal): AsyncGenerator<Uint8Array> {
  // Not the stream's own iterator: one that waits for data when the answer is decided could not be
  // stopped without destroying the connection.
  while (!released.aborted) {
    const chunk: Uint8Array | null = request.read();
    if (chunk !== null) yield chunk;
    else if (request.readableEnded) return;
    else if (request.destroyed) throw new Error("The request ended before its body");
    else await nextEvent(request, released);
  }
}

/** Resolves when there may be something to read, or nothing any more. */
function nextEvent(request: NodeRequest, released: AbortSignal): Promise<void> {
  const events = ["readable", "end", "close"];
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) request.off(event, done);
      released.removeEventListener("abort", done);
      resolve();
    };
    for (const event of events) request.on(event, done);
    released.addEventListener("abort", done);
  });
}

/** The path and query of a request's target, which to a proxy is a whole URL. */
function targetOf(target: string): string {
  return target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?]*/i, "");
}

function headersOf({ headers: source }: NodeRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(source)) {
    if (value === undefined) continue;
    // HTTP/2 sends what the other headers cannot say as pseudo-headers.
    if (name === ":authority") headers.set("host", String(value));
    if (name.startsWith(":")) continue;
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
  }
  return headers;
}

function respond(
  request: NodeRequest,
  response: NodeResponse,
  { status, headers, body }: GatewayResponse,
): void {
  const bytes = Buffer.from(body);
  response.statusCode = status;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader("content-length", bytes.byteLength);
  const content = request.method === "HEAD" ? undefined : bytes;
  if ("stream" in response) endAndReset(request, response, content);
  else if (request.complete) response.end(content);
  else lingerAndClose(request, response, content);
}

/**
 * Answers before the whole request came, on HTTP/2. The client is told to send no more: a reset with
 * NO_ERROR does not harm a complete response, by RFC 9113 section 8.1. Node.js would send it before
 * the response, so it waits until the client has answered a ping that was sent after.
 */
function endAndReset(
  request: NodeRequest,
  response: Http2ServerResponse,
  content: Buffer | undefined,
): void {
  const { stream } = response;
  stream.once("finish", () => {
    if (request.readableEnded || stream.closed || stream.session === undefined) return;
    stream.session.ping(() => stream.close(constants.NGHTTP2_NO_ERROR));
  });
  response.end(content ?? "");
  request.resume();
}

/** How long a client may go on sending after an early answer, in milliseconds. */
const lingerMs = 5000;

/**
 * Answers before the whole request came, on HTTP/1.1. Closing at once would reset the connection,
 * and with it an answer that the client did not read yet, so what it sends is read and dropped for
 * a while: RFC 9112 section 9.6.
 */
function lingerAndClose(
  request: NodeRequest,
  response: ServerResponse,
  content: Buffer | undefined,
): void {
  response.setHeader("connection", "close");
  response.flushHeaders();
  // Not its end yet: that would close the connection. The length tells the client that it has all.
  if (content !== undefined) response.write(content);
  const close = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(close, lingerMs);
  request.once("end", close);
  request.once("close", close);
  request.resume();
}
