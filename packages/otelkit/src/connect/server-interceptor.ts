// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  type Interceptor,
  type StreamResponse,
  type UnaryResponse,
} from "@connectrpc/connect";
import type { Call } from "../calls/call-record.ts";
import { abortedServerCode, serverErrorCode } from "../calls/call-status.ts";
import type { PresetName } from "../presets/presets.ts";
import { createCallStarter } from "./call-starter.ts";
import type { CommonInterceptorOptions } from "./interceptor-options.ts";
import { watchStream } from "./watched-stream.ts";

/** Options of {@link createServerInterceptor}. */
export interface ServerInterceptorOptions extends CommonInterceptorOptions {
  /**
   * Which names the metrics have; several at once are fine:
   * - `semconv`: OpenTelemetry's `rpc.server.call.duration` and its company;
   * - `lab`: `request`, `error_request` and `response_time`.
   *
   * Default `["semconv"]`, the names that tools know.
   */
  presets?: readonly PresetName[];
}

/**
 * Makes an interceptor that measures the calls a server handles. Put it first, so that it sees
 * what the other interceptors do too. Make one per server, at start, and not one per request.
 *
 * An interceptor sees only calls that reached a method and whose request could be read: unknown
 * paths, undecodable unary requests and the like are not counted.
 *
 * @throws {OtelkitError} with code `invalid_option` when a preset is unknown.
 */
export function createServerInterceptor(options: ServerInterceptorOptions = {}): Interceptor {
  const startCall = createCallStarter("server", options);
  return (next) =>
    async function measureServerCall(req) {
      const call = startCall(req);
      if (call === undefined) return next(req);
      // First the signal: a handler that hangs must not keep a stream active for ever.
      if (req.stream) finishOnAbort(call, req.signal);
      else call.received();
      try {
        const res = await next(
          req.stream ? { ...req, message: watchStream(req.message, receiving(call)) } : req,
        );
        return res.stream
          ? watchResponse(res, call, req.signal)
          : finishUnary(res, call, req.signal);
      } catch (error) {
        call.finish(serverErrorCode(error, req.signal));
        throw error;
      }
    };
}

function receiving(call: Call) {
  return { message: () => call.received() };
}

function finishUnary(res: UnaryResponse, call: Call, signal: AbortSignal): UnaryResponse {
  const code = abortedServerCode(signal);
  // A response that nobody waits for any more is not sent.
  if (code === undefined) call.sent();
  call.finish(code);
  return res;
}

function watchResponse(res: StreamResponse, call: Call, signal: AbortSignal): StreamResponse {
  const message = watchStream(res.message, {
    message: () => call.sent(),
    end: () => call.finish(undefined),
    fail: (error) => call.finish(serverErrorCode(error, signal)),
    leave: () => call.finish(Code.Canceled),
  });
  return { ...res, message };
}

function finishOnAbort(call: Call, signal: AbortSignal): void {
  function onAbort() {
    const code = abortedServerCode(signal);
    if (code !== undefined) call.finish(code);
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
}
