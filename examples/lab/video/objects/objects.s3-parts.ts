// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A part of an object. Its bytes are overwritten after `release`. */
export interface Part {
  readonly bytes: Uint8Array;
  /** No other follows. */
  readonly last: boolean;
  release(): void;
}

/**
 * Cuts chunks into parts of `partBytes`, the last of which may be shorter or empty. At most
 * `buffers` parts are held at a time: the next is begun when one is released.
 *
 * Buffers are used again because the garbage of a fast upload grows faster than it is collected.
 */
export async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  partBytes: number,
  buffers: number,
): AsyncGenerator<Part> {
  const free: Buffer[] = [];
  let made = 0;
  let released = Promise.withResolvers<void>();

  async function take(): Promise<Buffer> {
    for (;;) {
      const buffer = free.pop();
      if (buffer !== undefined) return buffer;
      // Memory that is not written to is not taken: a small object costs no whole buffer.
      if (made++ < buffers) return Buffer.allocUnsafeSlow(partBytes);
      await released.promise;
      released = Promise.withResolvers<void>();
    }
  }

  function part(buffer: Buffer, length: number, last: boolean): Part {
    const release = () => {
      free.push(buffer);
      released.resolve();
    };
    return { bytes: buffer.subarray(0, length), last, release };
  }

  let buffer = await take();
  let filled = 0;
  for await (const chunk of chunks) {
    for (let read = 0; read < chunk.length; ) {
      if (filled === partBytes) {
        yield part(buffer, filled, false);
        buffer = await take();
        filled = 0;
      }
      const piece = chunk.subarray(read, read + partBytes - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      read += piece.length;
    }
  }
  yield part(buffer, filled, true);
}
