// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { GatewayRequest, GatewayResponse } from "./exchange.ts";

/** Answers a request of the fetch API. It never rejects. */
export async function handleFetch(
  request: Request,
  answer: (request: GatewayRequest) => Promise<GatewayResponse>,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const reader = request.body?.getReader();
  const { status, headers, body } = await answer({
    method: request.method,
    target: pathname + search,
    headers: request.headers,
    remoteAddress: undefined,
    signal: request.signal,
    body: chunksOf(reader),
  });
  // What is left of the body is not wanted: let its sender know.
  reader?.cancel().catch(() => {});
  return new Response(request.method === "HEAD" ? null : body, { status, headers });
}

async function* chunksOf(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
