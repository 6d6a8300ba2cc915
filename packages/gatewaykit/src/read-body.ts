// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Buffer } from "node:buffer";
import { Code } from "@connectrpc/connect";
import type { GatewayRequest } from "./exchange.ts";
import { HttpError } from "./http-error.ts";

/**
 * Reads a whole body.
 *
 * @throws {HttpError} with status 413 when it is larger than `maxBytes`: before anything is read,
 * when the client says how large it is.
 */
export async function readBody(request: GatewayRequest, maxBytes: number): Promise<Uint8Array> {
  checkDeclaredLength(request, maxBytes);
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitBytes(request.body, maxBytes)) chunks.push(chunk);
  // Over HTTP/2, a body that was cut off ends like any other.
  request.signal.throwIfAborted();
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

/** @throws {HttpError} with status 413 when the body's declared length is larger than `maxBytes`. */
export function checkDeclaredLength({ headers }: GatewayRequest, maxBytes: number): void {
  if (Number(headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
}

/** Passes on a body. It throws an {@link HttpError} with status 413 after `maxBytes`. */
export async function* limitBytes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

function tooLarge(maxBytes: number): HttpError {
  const reason = `Cannot read the request body as it is larger than ${maxBytes} bytes`;
  return new HttpError(413, Code.ResourceExhausted, reason);
}
