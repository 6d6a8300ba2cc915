// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Context, context } from "@opentelemetry/api";

/** What to do at the moments of a stream. None of these may throw. */
export interface StreamWatch<T> {
  /** A message passed. */
  message?(message: T): void;
  /** The stream ended by itself. */
  end?(): void;
  /** The stream broke. */
  fail?(error: unknown): void;
  /** The reader told the stream that it has left. */
  leave?(): void;
}

/**
 * Passes a stream through and tells what happens in it. Written by hand: an async generator costs
 * four promises per message rather than one, queues `return()` behind a pending `next()`, and
 * never reaches its `finally` when it was not started.
 *
 * @param active the context that the source is to run in: a generator runs in that of whoever
 * reads it, and not in the one it was made in. Default the reader's.
 */
export function watchStream<T>(
  stream: AsyncIterable<T>,
  watch: StreamWatch<T>,
  active?: Context,
): AsyncIterable<T> {
  function onResult(result: IteratorResult<T>): IteratorResult<T> {
    if (result.done === true) watch.end?.();
    else watch.message?.(result.value);
    return result;
  }

  function onError(error: unknown): never {
    watch.fail?.(error);
    throw error;
  }

  function openSource(): AsyncIterator<T> {
    try {
      return stream[Symbol.asyncIterator]();
    } catch (error) {
      return onError(error);
    }
  }

  return {
    [Symbol.asyncIterator]() {
      const source = openSource();
      // Bound once: the context manager would bind it at every message.
      const readSource = source.next.bind(source);

      function readNext(): Promise<IteratorResult<T>> {
        try {
          const result = active === undefined ? source.next() : context.with(active, readSource);
          // As it is for a promise. Others are no iterators by type, but `for await` takes them.
          return Promise.resolve(result).then(onResult, onError);
        } catch (error) {
          return onError(error);
        }
      }

      const iterator: AsyncIterator<T> & { readonly origin: AsyncIterable<T> } = {
        next: readNext,
        // The iterable lives as long as it is read, so that an abandoned one can be told.
        origin: this,
      };
      // Connect asks whether a stream has these: the answer must stay the source's own.
      if (source.throw !== undefined) {
        const throwIntoSource = source.throw.bind(source);
        iterator.throw = function throwIntoStream(error) {
          watch.fail?.(error);
          return context.with(active ?? context.active(), throwIntoSource, undefined, error);
        };
      }
      if (source.return !== undefined) {
        const leaveSource = source.return.bind(source);
        iterator.return = function leaveStream(value) {
          watch.leave?.();
          return context.with(active ?? context.active(), leaveSource, undefined, value);
        };
      }
      return iterator;
    },
  };
}
