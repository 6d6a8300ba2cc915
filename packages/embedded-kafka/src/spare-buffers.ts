// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Below, to make a buffer costs less than to look for one. */
const leastBytes = 64 * 1024;
/** What consumers ask for at most by default, and some more. */
const mostBytes = 16 * 1024 * 1024;
/** So much memory is kept for later. */
const spareBytes = 32 * 1024 * 1024;

/**
 * Large buffers that are used again. For each 32 MiB of new ones the garbage collector goes through
 * the whole heap, which takes longer than to receive or to send the bytes. Who forgets to give one
 * back does no harm: it is collected like any other.
 */
export class SpareBuffers {
  /** By their size, a power of two. */
  readonly #spare = new Map<number, Buffer[]>();
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #bytes = 0;

  /** A buffer of so many bytes, whatever is in it. */
  take(length: number): Buffer {
    if (length < leastBytes || length > mostBytes) return Buffer.allocUnsafe(length);
    const size = 2 ** Math.ceil(Math.log2(length));
    let whole = this.#spare.get(size)?.pop();
    if (whole) this.#bytes -= size;
    else whole = Buffer.allocUnsafeSlow(size);
    this.#lent.add(whole.buffer);
    return whole.subarray(0, length);
  }

  /** Whether it is one that was taken here, or a part of one, and was not given back. */
  isLent({ buffer }: Buffer): boolean {
    return this.#lent.has(buffer);
  }

  /** Takes back what nobody reads any more, by any part of it; anything else is let alone. */
  giveBack({ buffer }: Buffer): void {
    const size = buffer.byteLength;
    if (!this.#lent.delete(buffer) || this.#bytes + size > spareBytes) return;
    this.#bytes += size;
    const others = this.#spare.get(size);
    if (others) others.push(Buffer.from(buffer));
    else this.#spare.set(size, [Buffer.from(buffer)]);
  }
}

/** Those of the process: what one connection has read another one may read into. */
export const spareBuffers = new SpareBuffers();
