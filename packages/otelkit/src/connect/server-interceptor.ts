// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
} from "@connectrpc/connect";
import type { Call } from "../calls/call-record.ts";
import { abortedServerCode, messageOf, serverErrorCode } from "../calls/call-status.ts";
import type { ServerInterceptorOptions } from "./call-options.ts";
import { createCallStarter } from "./call-starter.ts";
import { isSeenAtHandler } from "./handler-layer.ts";
import { type AnyFn, inContext } from "./in-context.ts";
import { watchStream } from "./watched-stream.ts";

/**
 * Makes an interceptor that measures the calls a server handles. Put it first, so that it sees
 * what the other interceptors do too. Make one per server, at start, and not one per request.
 *
 * An interceptor sees only calls that reached a method and whose request could be read: unknown
 * paths, undecodable unary requests and the like are not counted. `instrumentRoutes` sees them
 * all; where both are there, this does nothing, also for calls that its `filter` leaves out.
 *
 * @throws {OtelkitError} with code `invalid_option` when an option cannot be used.
 */
export function createServerInterceptor(options: ServerInterceptorOptions = {}): Interceptor {
  const starter = createCallStarter("server", options);
  return (next) =>
    async function measureServerCall(req) {
      if (isSeenAtHandler(req.contextValues)) return next(req);
      const call = starter.start(req);
      if (call === undefined) return next(req);
      const run = call.trace === undefined ? next : inContext(call.trace.context, next);
      if (req.stream) return measureStream(call, req, run);
      call.received();
      try {
        const res = await run(req);
        // A response that nobody waits for any more is not sent.
        const code = abortedServerCode(req.signal);
        if (code === undefined) call.sent();
        call.finish(code);
        return res;
      } catch (error) {
        call.finish(serverErrorCode(error, req.signal), messageOf(error));
        throw error;
      }
    };
}

/** Apart from unary calls, since what these do not need they should not pay for. */
async function measureStream(call: Call, req: StreamRequest, run: AnyFn) {
  const { signal } = req;
  // First the signal: a handler that hangs must not keep a stream active for ever.
  finishOnAbort(call, signal);
  const message = watchStream(req.message, { message: () => call.received() });
  const fail = (error: unknown) => call.finish(serverErrorCode(error, signal), messageOf(error));
  try {
    const res = (await run({ ...req, message })) as StreamResponse;
    const watch = {
      message: () => call.sent(),
      end: () => call.finish(undefined),
      fail,
      leave: () => call.finish(Code.Canceled),
    };
    return { ...res, message: watchStream(res.message, watch, call.trace?.context) };
  } catch (error) {
    fail(error);
    throw error;
  }
}

function finishOnAbort(call: Call, signal: AbortSignal): void {
  function onAbort() {
    const code = abortedServerCode(signal);
    if (code !== undefined) call.finish(code);
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
}
