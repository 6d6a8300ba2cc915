// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
} from "@connectrpc/connect";
import type { Call } from "../calls/call-record.ts";
import { clientErrorCode, messageOf } from "../calls/call-status.ts";
import type { ClientInterceptorOptions } from "./call-options.ts";
import { createCallStarter } from "./call-starter.ts";
import { type AnyFn, inContext } from "./in-context.ts";
import { watchStream } from "./watched-stream.ts";

/**
 * Makes an interceptor that measures the calls a client makes. Put it first to measure a call with
 * its retries, last to measure each attempt. Make one per transport, and not one per call.
 *
 * @throws {OtelkitError} with code `invalid_option` when an option cannot be used, such as a preset of
 * servers.
 */
export function createClientInterceptor(options: ClientInterceptorOptions = {}): Interceptor {
  const starter = createCallStarter("client", options);
  return (next) =>
    async function measureClientCall(req) {
      const call = starter.start(req);
      if (call === undefined) return next(req);
      const run = call.trace === undefined ? next : inContext(call.trace.context, next);
      if (req.stream) return measureStream(call, req, run);
      call.sent();
      try {
        const res = await run(req);
        call.received();
        call.finish(undefined);
        return res;
      } catch (error) {
        finishWithError(call, error, req.signal);
        throw error;
      }
    };
}

/** Apart from unary calls, since what these do not need they should not pay for. */
async function measureStream(call: Call, req: StreamRequest, run: AnyFn) {
  finishOnAbort(call, req.signal);
  const message = watchStream(req.message, { message: () => call.sent() }, call.trace?.context);
  const fail = (error: unknown) => finishWithError(call, error, req.signal);
  try {
    const res = (await run({ ...req, message })) as StreamResponse;
    const watch = {
      message: () => call.received(),
      end: () => finishStream(call),
      fail,
      leave: () => call.finish(Code.Canceled),
    };
    const watched = watchStream(res.message, watch, call.trace?.context);
    abandonedStreams.register(watched, call);
    return { ...res, message: watched };
  } catch (error) {
    fail(error);
    throw error;
  }
}

/** Connect rejects the call behind interceptors when a single response is not single. */
function finishStream(call: Call): void {
  const { target, receivedCount } = call;
  if (target.kind !== "client_streaming" || receivedCount === 1) call.finish(undefined);
  else call.finish(Code.Unimplemented, `received ${receivedCount} response messages instead of 1`);
}

function finishWithError(call: Call, error: unknown, signal: AbortSignal): void {
  call.finish(clientErrorCode(error, signal), messageOf(signal.aborted ? signal.reason : error));
}

function finishOnAbort(call: Call, signal: AbortSignal): void {
  const onAbort = () => finishWithError(call, undefined, signal);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
}

/**
 * Connect's clients hide `return` from whoever reads a stream, so that leaving a `for await` early
 * tells nobody. That the stream is garbage is then the only sign of it.
 */
const abandonedStreams = /* @__PURE__ */ new FinalizationRegistry<Call>((call) => {
  call.finish(Code.Canceled);
});
