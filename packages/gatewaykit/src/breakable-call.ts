// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

/** How long a server may take to read that a call is broken, in milliseconds. */
const graceMs = 1000;

/**
 * A client-streaming call that can be broken off so that its server never takes what it got for the
 * whole.
 *
 * Aborting alone does not do that: to cancel a call, Node.js's HTTP/2 client first ends the request
 * (`Http2Stream.close()` sends END_STREAM before RST_STREAM), and a server that only reads its
 * request stream sees it end as if it were complete. So a message that nobody can parse is sent
 * before, in its order among the others: the server's reading fails there. Only then, or when the
 * server does not read, the call is aborted.
 */
export interface BreakableCall extends Disposable {
  /** Aborted when the call is broken, with the reason. */
  readonly broken: AbortSignal;
  /** For the transport: aborted some time after. */
  readonly signal: AbortSignal;
  /** Breaks the call, unless it is broken already. */
  readonly break: (reason: unknown) => void;
  /** Passes on messages for the transport. An error of theirs breaks the call. */
  guard<I extends DescMessage>(
    schema: I,
    messages: AsyncIterable<MessageInitShape<I>>,
  ): AsyncIterable<MessageInitShape<I>>;
}

/** Makes a call that breaks when `client` is aborted, or after `timeoutMs`. Dispose of it after. */
export function createBreakableCall(
  client: AbortSignal,
  timeoutMs: number | undefined,
): BreakableCall {
  const broken = new AbortController();
  const aborted = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let isOver = false;

  const breakCall = (reason: unknown) => {
    if (broken.signal.aborted) return;
    broken.abort(reason);
    timers.push(setTimeout(() => aborted.abort(reason), graceMs));
  };
  const onClientGone = () => {
    breakCall(new ConnectError("The client went away", Code.Canceled));
  };
  client.addEventListener("abort", onClientGone);
  if (client.aborted) onClientGone();
  if (timeoutMs !== undefined) {
    const late = new ConnectError("The operation timed out", Code.DeadlineExceeded);
    timers.push(setTimeout(breakCall, timeoutMs, late));
  }

  return {
    broken: broken.signal,
    signal: aborted.signal,
    break: breakCall,
    async *guard(schema, messages) {
      try {
        for await (const message of messages) {
          if (broken.signal.aborted) break;
          yield message;
        }
      } catch (error) {
        breakCall(error);
      }
      // After its answer, the transport does not end the request of itself, and the HTTP/2 stream
      // would stay half open for as long as its connection: ending the messages ends it.
      if (!broken.signal.aborted || isOver) return;
      yield unreadable(schema) as MessageInitShape<typeof schema>;
      // The server answers the message with an error, which ends the call.
      if (!aborted.signal.aborted) await once(aborted.signal, "abort");
      if (!isOver) throw broken.signal.reason;
    },
    [Symbol.dispose]() {
      client.removeEventListener("abort", onClientGone);
      for (const timer of timers) clearTimeout(timer);
      isOver = true;
      broken.abort();
      aborted.abort();
    },
  };
}

/**
 * A message that cannot be parsed: it has a field of one byte, and ends before it. In JSON, which
 * has no such fields, it is an empty one.
 */
function unreadable(schema: DescMessage) {
  const message = create(schema);
  message.$unknown = [{ no: 536_870_911, wireType: 2, data: new Uint8Array([1]) }];
  return message;
}
