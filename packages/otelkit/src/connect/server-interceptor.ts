// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  type Interceptor,
  type StreamResponse,
  type UnaryResponse,
} from "@connectrpc/connect";
import { context } from "@opentelemetry/api";
import type { Call } from "../calls/call-record.ts";
import { abortedServerCode, messageOf, serverErrorCode } from "../calls/call-status.ts";
import { callOfContext } from "./call-of-context.ts";
import type { ServerInterceptorOptions } from "./call-options.ts";
import { createCallStarter } from "./call-starter.ts";
import { watchStream } from "./watched-stream.ts";

/**
 * Makes an interceptor that measures the calls a server handles. Put it first, so that it sees
 * what the other interceptors do too. Make one per server, at start, and not one per request.
 *
 * An interceptor sees only calls that reached a method and whose request could be read: unknown
 * paths, undecodable unary requests and the like are not counted. `instrumentRoutes` sees them
 * all; where both are there, the call is on record already and this does nothing.
 *
 * @throws {OtelkitError} with code `invalid_option` when a preset is unknown.
 */
export function createServerInterceptor(options: ServerInterceptorOptions = {}): Interceptor {
  const starter = createCallStarter("server", options);
  return (next) =>
    async function measureServerCall(req) {
      if (callOfContext(req.contextValues) !== undefined) return next(req);
      const call = starter.start(req);
      if (call === undefined) return next(req);
      // First the signal: a handler that hangs must not keep a stream active for ever.
      if (req.stream) finishOnAbort(call, req.signal);
      else call.received();
      const watched = req.stream
        ? { ...req, message: watchStream(req.message, { message: () => call.received() }) }
        : req;
      try {
        const res = await (call.trace === undefined
          ? next(watched)
          : context.with(call.trace.context, next, undefined, watched));
        return res.stream
          ? watchResponse(res, call, req.signal)
          : finishUnary(res, call, req.signal);
      } catch (error) {
        call.finish(serverErrorCode(error, req.signal), messageOf(error));
        throw error;
      }
    };
}

function finishUnary(res: UnaryResponse, call: Call, signal: AbortSignal): UnaryResponse {
  const code = abortedServerCode(signal);
  // A response that nobody waits for any more is not sent.
  if (code === undefined) call.sent();
  call.finish(code);
  return res;
}

function watchResponse(res: StreamResponse, call: Call, signal: AbortSignal): StreamResponse {
  const watch = {
    message: () => call.sent(),
    end: () => call.finish(undefined),
    fail: (error: unknown) => call.finish(serverErrorCode(error, signal), messageOf(error)),
    leave: () => call.finish(Code.Canceled),
  };
  return { ...res, message: watchStream(res.message, watch, call.trace?.context) };
}

function finishOnAbort(call: Call, signal: AbortSignal): void {
  function onAbort() {
    const code = abortedServerCode(signal);
    if (code !== undefined) call.finish(code);
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
}
