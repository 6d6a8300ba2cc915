// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, type Interceptor, type StreamResponse } from "@connectrpc/connect";
import type { Call } from "../calls/call-record.ts";
import { clientErrorCode } from "../calls/call-status.ts";
import type { ClientPresetName } from "../presets/presets.ts";
import { createCallStarter } from "./call-starter.ts";
import type { CommonInterceptorOptions } from "./interceptor-options.ts";
import { watchStream } from "./watched-stream.ts";

/** Options of {@link createClientInterceptor}. */
export interface ClientInterceptorOptions extends CommonInterceptorOptions {
  /**
   * Which names the metrics have. Default and only value `["semconv"]`: OpenTelemetry's
   * `rpc.client.call.duration` and its company. The names of the `lab` preset are a server's.
   */
  presets?: readonly ClientPresetName[];
}

/**
 * Makes an interceptor that measures the calls a client makes. Put it first to measure a call with
 * its retries, last to measure each attempt. Make one per transport, and not one per call.
 *
 * @throws {OtelkitError} with code `invalid_option` when a preset is unknown, or a server's.
 */
export function createClientInterceptor(options: ClientInterceptorOptions = {}): Interceptor {
  const startCall = createCallStarter("client", options);
  return (next) =>
    async function measureClientCall(req) {
      const call = startCall(req);
      if (call === undefined) return next(req);
      if (req.stream) finishOnAbort(call, req.signal);
      else call.sent();
      try {
        const res = await next(
          req.stream ? { ...req, message: watchStream(req.message, sending(call)) } : req,
        );
        if (res.stream) return watchResponse(res, call, req.signal);
        call.received();
        call.finish(undefined);
        return res;
      } catch (error) {
        call.finish(clientErrorCode(error, req.signal));
        throw error;
      }
    };
}

function sending(call: Call) {
  return { message: () => call.sent() };
}

function watchResponse(res: StreamResponse, call: Call, signal: AbortSignal): StreamResponse {
  const message = watchStream(res.message, {
    message: () => call.received(),
    end: () => call.finish(undefined),
    fail: (error) => call.finish(clientErrorCode(error, signal)),
    leave: () => call.finish(Code.Canceled),
  });
  abandonedStreams.register(message, call);
  return { ...res, message };
}

function finishOnAbort(call: Call, signal: AbortSignal): void {
  const onAbort = () => call.finish(clientErrorCode(undefined, signal));
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
