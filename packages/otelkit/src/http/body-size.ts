// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { NodeRequest, NodeResponse } from "./node-messages.ts";

/**
 * Counts the bytes of a request's body as they were on the wire, without the framing of chunks.
 * What the handler left unread counts as soon as the whole request has come.
 */
export function countReceived(req: NodeRequest): () => number {
  let bytes = 0;
  // Reading the body here would take it away from the handler.
  const push = req.push;
  req.push = function countedPush(chunk, encoding) {
    bytes += byteLength(chunk, encoding);
    return push.call(req, chunk, encoding);
  };
  return function receivedBytes() {
    const declared = Number(req.headers["content-length"]);
    return req.complete && declared >= 0 ? declared : bytes;
  };
}

/**
 * Counts the bytes of a response's body that were written, after compression by whatever was
 * installed later. Put first, this is the last to see them.
 */
export function countSent(req: NodeRequest, res: NodeResponse): () => number {
  let bytes = 0;
  let isEnding = false;
  // Overloads of two classes: only chunk and encoding matter here.
  const target = res as {
    write(chunk: unknown, ...rest: unknown[]): boolean;
    end(...args: unknown[]): unknown;
  };
  const { write, end } = target;
  target.write = function countedWrite(chunk, ...rest) {
    // Some implementations of `end` write by this method what was counted there.
    if (!isEnding) bytes += byteLength(chunk, rest[0]);
    return write.call(res, chunk, ...rest);
  };
  target.end = function countedEnd(...args) {
    if (!isEnding) bytes += byteLength(args[0], args[1]);
    isEnding = true;
    return end.apply(res, args);
  };
  return function sentBytes() {
    // The answers to these have no body, whatever was written.
    const isBodiless = req.method === "HEAD" || res.statusCode === 204 || res.statusCode === 304;
    return isBodiless ? 0 : bytes;
  };
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === "string") {
    return Buffer.byteLength(
      chunk,
      typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8",
    );
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
