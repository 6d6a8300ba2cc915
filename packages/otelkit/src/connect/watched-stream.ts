// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What to do at the moments of a stream. None of these may throw. */
export interface StreamWatch {
  /** A message passed. */
  message?(): void;
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
 */
export function watchStream<T>(stream: AsyncIterable<T>, watch: StreamWatch): AsyncIterable<T> {
  function onResult(result: IteratorResult<T>): IteratorResult<T> {
    if (result.done === true) watch.end?.();
    else watch.message?.();
    return result;
  }

  function onError(error: unknown): never {
    watch.fail?.(error);
    throw error;
  }

  return {
    [Symbol.asyncIterator]() {
      const source = stream[Symbol.asyncIterator]();
      const iterator: AsyncIterator<T> & { readonly origin: AsyncIterable<T> } = {
        next: () => source.next().then(onResult, onError),
        // The iterable lives as long as it is read, so that an abandoned one can be told.
        origin: this,
      };
      // Connect asks whether a stream has these: the answer must stay the source's own.
      if (source.throw !== undefined) {
        iterator.throw = function throwIntoStream(error) {
          watch.fail?.(error);
          return source.throw?.(error) ?? Promise.reject(error);
        };
      }
      if (source.return !== undefined) {
        iterator.return = function leaveStream(value) {
          watch.leave?.();
          return source.return?.(value) ?? Promise.resolve({ done: true, value });
        };
      }
      return iterator;
    },
  };
}
