// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The same chunks, and the signal's reason as soon as it aborts, though the next never comes. */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await nextUnlessAborted(iterator, signal);
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: a generator that waits for its next chunk cannot return before it has come.
    iterator.return?.().catch(() => {});
  }
}

// A promise of its own for every chunk: one that lives as long as the upload would hold them all.
function nextUnlessAborted<T>(
  iterator: AsyncIterator<T>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<T>> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener("abort", abort));
  });
}
