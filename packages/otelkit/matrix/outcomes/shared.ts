// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { HandlerContext, Interceptor } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressionGzip } from "@connectrpc/connect-node";
import {
  type Behaviour,
  iterate,
  type Kind,
  streamsRequests,
  streamsResponses,
  type Text,
} from "../kinds.ts";
import type { Scene } from "../scene.ts";
import type { Wire } from "../wires.ts";

/** For `missing`: there is no cell where the caller sends exactly one message. */
export function needsStreamOfRequests(_wire: Wire, kind: Kind): string | undefined {
  return streamsRequests(kind) ? undefined : "the caller sends exactly one message";
}

/** For `missing`: there is no cell where the handler sends exactly one message. */
export function needsStreamOfResponses(_wire: Wire, kind: Kind): string | undefined {
  return streamsResponses(kind) ? undefined : "the handler sends exactly one message";
}

/** For `missing`: Connect's unary calls have none, and the reason tells what comes of it. */
export function needsEnvelopes(reason: string) {
  return ({ protocol }: Wire, kind: Kind): string | undefined =>
    protocol === "connect" && kind === "unary" ? `in a unary call of Connect ${reason}` : undefined;
}

/** A message whose field `text` is `hi`. */
export const message = new Uint8Array([0x0a, 0x02, 0x68, 0x69]);
export const undecodable = new Uint8Array([0xff, 0xff, 0xff]);

/** A handler that reads all requests before it does anything. */
export function readAllThen(respond: () => Iterable<Text>): Behaviour {
  return async function* readAllThenRespond(requests) {
    for await (const _ of requests);
    yield* respond();
  };
}

/** Resolves when the caller of a handler is gone, or its deadline has passed. */
export function aborted({ signal }: HandlerContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

/** A handler that reads a message, waits until its caller is gone, and gives up. */
export const waitForAbort: Behaviour = async function* waitForAbort(requests, context) {
  await readOne(requests);
  yield* iterate<Text>([]);
  await aborted(context);
  throw context.signal.reason;
};

/** A handler that reads a message, sends one, waits until its caller is gone, and gives up. */
export const sendOneThenWait: Behaviour = async function* sendOneThenWait(requests, context) {
  await readOne(requests);
  yield { text: "one" };
  await aborted(context);
  throw context.signal.reason;
};

/** Reads one message and leaves the stream open. */
export async function readOne(requests: AsyncIterable<Text>): Promise<void> {
  await requests[Symbol.asyncIterator]().next();
}

/** Two requests, of which the second waits. */
export async function* oneThen(
  first: Text,
  until: Promise<unknown>,
  second: Text,
): AsyncIterable<Text> {
  yield first;
  await until;
  yield second;
}

/** One request of a client that has more to say and does not. */
export const oneThenSilence = () =>
  oneThen({ text: "one" }, new Promise<never>(() => {}), { text: "never" });

/** An interceptor behind otelkit's that changes what goes out. */
export function changeRequest(change: (request: Parameters<ReturnType<Interceptor>>[0]) => void) {
  const interceptor: Interceptor = (next) => (request) => {
    change(request);
    return next(request);
  };
  return interceptor;
}

/** Compresses everything, small messages too, in a way of its own. */
export function compressAs(name: string, compress?: Compression["compress"]) {
  return {
    sendCompression: {
      name,
      compress: compress ?? compressionGzip.compress,
      decompress: compressionGzip.decompress,
    },
    compressMinBytes: 0,
  };
}

/** Makes a call that the client gives up when the handler is at it, for the given reason. */
export function abortInHandler(reason?: unknown) {
  return async function callAndAbort(scene: Scene): Promise<void> {
    const abort = new AbortController();
    const call = scene.call({ signal: abort.signal, requests: oneThenSilence() });
    await scene.handler.reading;
    abort.abort(reason);
    await call;
  };
}
