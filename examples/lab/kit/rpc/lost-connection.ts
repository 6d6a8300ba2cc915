// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Interceptor, StreamResponse } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";

/**
 * A server that dies in the middle of a call is `unavailable`, as in other gRPC clients. Connect
 * says `canceled` or `aborted`, which our own callers would take for their doing.
 */
export const lostConnectionInterceptor: Interceptor = (next) => async (request) => {
  const translate = (error: unknown) =>
    !request.signal.aborted && isLostConnection(error) ? unavailable(error) : error;
  try {
    const response = await next(request);
    if (!response.stream) return response;
    return { ...response, message: translated(response.message, translate) };
  } catch (error) {
    throw translate(error);
  }
};

async function* translated(
  messages: StreamResponse["message"],
  translate: (error: unknown) => unknown,
): StreamResponse["message"] {
  try {
    yield* messages;
  } catch (error) {
    throw translate(error);
  }
}

// Neither comes from a server: it would send a status. The text is all there is of a reset stream.
function isLostConnection(error: unknown): error is ConnectError {
  if (!(error instanceof ConnectError)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === "ECONNRESET" || error.rawMessage.startsWith("http/2 stream closed with error");
}

function unavailable(cause: ConnectError): ConnectError {
  return new ConnectError("the connection was lost", Code.Unavailable, undefined, undefined, cause);
}
