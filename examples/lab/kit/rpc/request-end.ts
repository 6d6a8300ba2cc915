// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest, Http2Session, ServerHttp2Stream } from "node:http2";
import type { ContextValues } from "@connectrpc/connect";
import { Code, ConnectError, createContextKey, createContextValues } from "@connectrpc/connect";

// Without a connection, as in `createRouterTransport`, and over HTTP/1.1, where a request that is
// broken off is an error to its reader, the end of the messages says it all.
const confirmEnd = createContextKey(async () => {}, { description: "confirms a request's end" });

/**
 * The same messages, which end only when the client meant it.
 *
 * To cancel a call, the HTTP/2 client of Node.js sends END_STREAM and then RST_STREAM, so that what
 * it broke off looks whole for some milliseconds. A handler that must not take it for the whole
 * reads its requests through this. It costs two round trips at the end.
 *
 * @throws ConnectError Canceled when the call was cancelled, or its connection lost.
 */
export async function* confirmedRequests<T>(
  messages: AsyncIterable<T>,
  values: ContextValues,
): AsyncGenerator<T> {
  yield* messages;
  await values.get(confirmEnd)();
}

/** For `connectNodeAdapter`: what `confirmedRequests` needs to know of a request. */
export function requestContext(request: IncomingMessage | Http2ServerRequest): ContextValues {
  const values = createContextValues();
  if (!("stream" in request)) return values;
  // Taken now: the request forgets both when it closes.
  const { stream } = request;
  const { session } = stream;
  return values.set(confirmEnd, () => confirmHttp2End(stream, session));
}

// What a client sent before it answers a PING comes before the answer. It may answer the first one
// between its END_STREAM and its RST_STREAM, which leave in two writes, but not the second.
async function confirmHttp2End(
  stream: ServerHttp2Stream,
  session: Http2Session | undefined,
): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const answered = await ping(session);
    if (!answered || stream.closed) throw new ConnectError("the call was cancelled", Code.Canceled);
  }
}

function ping(session: Http2Session | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    if (session === undefined || session.destroyed) return resolve(false);
    session.ping((error) => resolve(error === null));
  });
}
