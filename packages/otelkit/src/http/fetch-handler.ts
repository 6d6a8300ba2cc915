// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorTypeOf } from "./error-type.ts";
import { createHttpWatch, type HttpServerOptions } from "./http-server.ts";
import { watchBody } from "./watched-body.ts";

/** Options of {@link instrumentFetchHandler}. */
export interface FetchHandlerOptions extends HttpServerOptions<Request> {
  /**
   * Whether a request lasts until the body of its response is sent, with its bytes counted. The
   * body then goes through a stream, so that the runtime no longer knows its length and sends it in
   * chunks, unless the handler has set `content-length`. When false, the request is over when the
   * handler has returned. Default true, so that streams, and clients that leave them, are seen.
   */
  untilBodyEnd?: boolean;
}

/** A handler of Deno, Bun, Hono and others. Without a response it is Bun's answer to an upgrade. */
type FetchHandler<Args extends unknown[], Answer extends Response | undefined> = (
  request: Request,
  ...rest: Args
) => Answer | Promise<Answer>;

/**
 * Wraps a handler that turns a `Request` into a `Response`, so that its requests are measured.
 * What it throws is thrown on, and counted as the 500 that runtimes answer then. Of the bodies of
 * requests only the declared length is known.
 *
 * @throws {OtelkitError} with code `invalid_option` when `metrics` make no sense.
 */
export function instrumentFetchHandler<Args extends unknown[], Answer extends Response | undefined>(
  handler: FetchHandler<Args, Answer>,
  options: FetchHandlerOptions = {},
): (request: Request, ...rest: Args) => Promise<Answer | Response> {
  const startWatch = createHttpWatch(options);
  const { untilBodyEnd = true } = options;

  return async function measureRequest(this: unknown, request, ...rest) {
    // Bun calls handlers on its server, and modules export theirs as a method.
    const answer = () => handler.call(this, request, ...rest);
    const { method, headers, url } = request;
    const scheme = url.startsWith("https:") ? "https" : "http";
    const watch = startWatch(request, { method, scheme, url, headers });
    if (watch === undefined) return answer();
    const requestBytes = declaredBytes(request);
    let response: Answer;
    try {
      response = await watch.run(answer);
    } catch (error) {
      watch.end({ statusCode: 500, errorType: errorTypeOf(error), requestBytes });
      throw error;
    }
    const statusCode = response?.status;
    const responseBytes = response && method !== "HEAD" ? declaredBytes(response) : 0;
    const end = (bytes: number | undefined, errorType?: string) =>
      watch.end({ statusCode, errorType, requestBytes, responseBytes: bytes });

    // Nobody reads the body of an answer to HEAD, and a runtime refuses one that was read before.
    const isOver = method === "HEAD" || !untilBodyEnd;
    if (!response?.body || isOver || response.bodyUsed || response.body.locked) {
      end(responseBytes);
      return response;
    }
    // Not by the signal of the request: Deno aborts it after every answer, and warns whoever asks.
    // Runtimes cancel the body when the client has left.
    return new Response(watchBody(response.body, watch.run, end), response);
  };
}

function declaredBytes({ headers, body }: Request | Response): number | undefined {
  const declared = headers.get("content-length");
  if (declared !== null) return Number(declared) >= 0 ? Number(declared) : undefined;
  return body === null ? 0 : undefined;
}
