// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The output of a decompressor: bytes that grow at their end and are copied from behind it. */
export class GrowingBuffer {
  #bytes: Buffer;
  #length = 0;
  readonly #maxBytes: number;

  constructor(expectedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = Buffer.allocUnsafe(Math.min(Math.max(64, expectedBytes), maxBytes));
  }

  get length(): number {
    return this.#length;
  }

  /** Adds bytes from elsewhere. */
  push(source: Buffer, start: number, end: number): void {
    if (end > source.length) throw new RangeError("Compressed bytes are cut short");
    this.#reserve(end - start);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /** Adds bytes from `distance` before the end, which may be some that it adds itself. */
  repeat(distance: number, length: number): void {
    if (distance < 1 || distance > this.#length) {
      throw new RangeError("Compressed bytes refer to what is not there");
    }
    this.#reserve(length);
    const from = this.#length - distance;
    if (distance >= length) {
      this.#bytes.copyWithin(this.#length, from, from + length);
    } else {
      const bytes = this.#bytes;
      for (let at = 0; at < length; at++) bytes[this.#length + at] = bytes[from + at] as number;
    }
    this.#length += length;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#maxBytes) throw new RangeError(`More than ${this.#maxBytes} bytes`);
    const grown = Buffer.allocUnsafe(
      Math.min(Math.max(needed, 2 * this.#bytes.length), this.#maxBytes),
    );
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
