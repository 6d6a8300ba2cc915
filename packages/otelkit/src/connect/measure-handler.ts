// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import type {
  UniversalHandler,
  UniversalServerRequest,
  UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { context } from "@opentelemetry/api";
import type { Call } from "../calls/call-record.ts";
import { isConnectError } from "../calls/call-status.ts";
import type { CallRequest } from "../calls/call-target.ts";
import { readTimeoutMs } from "../calls/call-timeout.ts";
import { type EndOfCall, endFromTrailer, endFromUnary } from "../calls/end-of-call.ts";
import { compressedFlag, EnvelopeScanner } from "../calls/envelope-scanner.ts";
import { afterTurns } from "./after-turns.ts";
import { markSeenAtHandler } from "./handler-layer.ts";
import { watchStream } from "./watched-stream.ts";
import { type WireProtocol, wireProtocolOf } from "./wire-protocol.ts";

const measured = Symbol.for("labwire.otelkit.measured");

/**
 * The HTTP/2 client of Node.js ends a request before it resets it, so that what was canceled looks
 * complete at first; Deno breaks the request instead. connect-node tells of the reset two turns of
 * the event loop later. One more is for other runtimes.
 */
const turnsUntilReset = 3;

/**
 * Wraps the handler of a method so that its calls are on record from the first byte of the request
 * to the last of the response, with the status that is on the wire. A handler that is wrapped
 * already is returned as it is.
 */
export function measureHandler(
  handler: UniversalHandler,
  startCall: (request: CallRequest) => Call | undefined,
): UniversalHandler {
  if (measured in handler) return handler;

  async function measuredHandler(request: UniversalServerRequest) {
    const { header, url, signal } = request;
    const call = startCall({ method: handler.method, header, url });
    const contextValues = markSeenAtHandler(request.contextValues);
    if (call === undefined) return handler({ ...request, contextValues });
    const measurement = new HandlerMeasurement(call, request);
    const watched = { ...request, body: measurement.watchRequest(), contextValues };
    try {
      const response = call.trace
        ? context.with(call.trace.context, handler, undefined, watched)
        : handler(watched);
      return measurement.watchResponse(await response);
    } catch (error) {
      // No response: what an adapter makes of it is no business of Connect's.
      measurement.finish({ code: signal.aborted ? Code.Canceled : Code.Internal });
      throw error;
    }
  }

  // Adapters read what a handler is of from its properties.
  return Object.assign(measuredHandler, handler, { [measured]: true });
}

/** What one call of a handler looks like on the wire. */
class HandlerMeasurement {
  readonly #call: Call;
  readonly #request: UniversalServerRequest;
  readonly #protocol: WireProtocol;
  /** How the response says that the call ended, once it has said so. */
  #told: EndOfCall | undefined;
  /** Whether the request has come to an end, be it a good one. */
  #hasRequestEnded = false;
  #hasResponseEnded = false;

  constructor(call: Call, request: UniversalServerRequest) {
    this.#call = call;
    this.#request = request;
    this.#protocol = wireProtocolOf(request.header.get("content-type"));
    const onGone = () => this.#abort();
    // First the signal: a handler that hangs must not keep a call active for ever.
    if (request.signal.aborted) onGone();
    else request.signal.addEventListener("abort", onGone, { once: true });
  }

  watchRequest(): UniversalServerRequest["body"] {
    const { body, method, url } = this.#request;
    const call = this.#call;
    if (method === "GET") {
      if (url.includes("message=")) call.received();
      return body;
    }
    if (!isByteStream(body)) {
      // A framework has read and parsed it.
      call.received();
      return body;
    }
    const onEnd = () => {
      this.#hasRequestEnded = true;
    };
    if (!this.#protocol.isFramed) {
      let length = 0;
      return watchStream(body, {
        message: (chunk) => {
          length += chunk.length;
          call.receivedBytes(chunk.length, chunk.length);
        },
        end: () => {
          onEnd();
          call.received();
          if (call.sizesMessages) call.receivedMessage(length);
        },
        fail: onEnd,
      });
    }
    const scanner = new EnvelopeScanner(0, {
      passed(messages, messageBytes, wireBytes) {
        call.receivedBytes(messageBytes, wireBytes);
        if (messages > 0) call.received(messages);
      },
      ...(call.sizesMessages && { message: (bytes) => call.receivedMessage(bytes) }),
      ended() {},
    });
    return watchStream(body, { message: (chunk) => scanner.take(chunk), end: onEnd, fail: onEnd });
  }

  watchResponse(response: UniversalServerResponse): UniversalServerResponse {
    const { body } = response;
    if (body === undefined) {
      this.finish(endFromUnary(response.status, undefined, null));
      return response;
    }
    const message = this.#protocol.isFramed
      ? this.#framedResponse(response)
      : this.#unaryResponse(response);
    const watch = {
      message,
      end: () => this.#end(this.#told ?? endFromTrailer(response.trailer)),
      fail: () => this.#leave(undefined),
      // Adapters also leave a stream that has ended.
      leave: () => this.#hasResponseEnded || this.#leave(this.#told),
    };
    return { ...response, body: watchStream(body, watch, this.#call.trace?.context) };
  }

  finish({ code, message }: EndOfCall): void {
    this.#call.finish(code, message);
  }

  #framedResponse({ header }: UniversalServerResponse): (chunk: Uint8Array) => void {
    const protocol = this.#protocol;
    const call = this.#call;
    const scanner = new EnvelopeScanner(protocol.endFlag, {
      passed(messages, messageBytes, wireBytes) {
        call.sentBytes(messageBytes, wireBytes);
        if (messages > 0) call.sent(messages);
      },
      ...(call.sizesMessages && { message: (bytes) => call.sentMessage(bytes) }),
      ended: (flags, payload) => {
        const encoding = header?.get(protocol.encodingHeader) ?? null;
        this.#told = protocol.readEnd?.(payload, (flags & compressedFlag) !== 0, encoding);
      },
    });
    return (chunk) => scanner.take(chunk);
  }

  #unaryResponse({ status, header }: UniversalServerResponse): (chunk: Uint8Array) => void {
    const encoding = header?.get(this.#protocol.encodingHeader) ?? null;
    return (chunk) => {
      // Connect sends it in one piece.
      this.#told = endFromUnary(status, chunk, encoding);
      const isMessage = this.#told.code === undefined;
      this.#call.sentBytes(isMessage ? chunk.length : 0, chunk.length);
      if (!isMessage) return;
      this.#call.sent();
      if (this.#call.sizesMessages) this.#call.sentMessage(chunk.length);
    };
  }

  /** All of the response is there. Whether anybody waits for it may be known a moment later. */
  #end(end: EndOfCall): void {
    this.#told = end;
    this.#hasResponseEnded = true;
    if (!this.#mayBeReset(end)) {
      this.finish(end);
      return;
    }
    const durationMs = this.#call.elapsedMs();
    afterTurns(turnsUntilReset, () => this.#call.finish(end.code, end.message, durationMs));
  }

  /** Single messages are whole when they are answered with success: they have surely ended. */
  #mayBeReset({ code }: EndOfCall): boolean {
    const { kind } = this.#call.target;
    const hasSingleRequest = kind === "unary" || kind === "server_streaming";
    return this.#hasRequestEnded && (code !== undefined || !hasSingleRequest);
  }

  /** The caller or the connection is gone. */
  #abort(): void {
    const { reason } = this.#request.signal;
    // Errors are the reasons of resets and of breaks. In memory the caller's own error is one.
    const isBroken = isConnectError(reason) && reason.code !== this.#told?.code;
    this.#leave(isBroken ? undefined : this.#told);
  }

  /** The call is over, and by itself only when it came to an end before. */
  #leave(end: EndOfCall | undefined): void {
    this.finish(end ?? { code: this.#isPastDeadline() ? Code.DeadlineExceeded : Code.Canceled });
  }

  #isPastDeadline(): boolean {
    const { header, signal } = this.#request;
    if (isConnectError(signal.reason) && signal.reason.code === Code.DeadlineExceeded) {
      return true;
    }
    const timeoutMs = readTimeoutMs(header);
    return timeoutMs !== undefined && this.#call.elapsedMs() >= timeoutMs;
  }
}

function isByteStream(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}
