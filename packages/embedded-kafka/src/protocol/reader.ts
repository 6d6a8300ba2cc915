// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Bytes from a client do not have the layout that their version says. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** What Kafka takes at most, since older versions count a string's bytes in 16 bits. */
export const maxStringBytes = 0x7fff;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the Kafka protocol's primitive types, in order. Throws {@link MalformedError}. */
export class Reader {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  #position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  /** An unsigned integer of 32 bits in groups of seven, the lowest first. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#take(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedError("Cannot read a varint that is longer than five bytes");
  }

  bytes(length: number): Buffer {
    const start = this.#take(length);
    return this.#buffer.subarray(start, start + length);
  }

  string(length: number): string {
    if (length > maxStringBytes) {
      throw new MalformedError(
        `Cannot read a string of ${length} bytes: there are at most ${maxStringBytes}`,
      );
    }
    const start = this.#take(length);
    const text = this.#buffer.toString("utf8", start, start + length);
    // It stands for bytes that are no UTF-8, unless it is itself what was sent.
    if (text.includes("\ufffd")) checkUtf8(this.#buffer.subarray(start, start + length));
    return text;
  }

  #take(length: number): number {
    const start = this.#position;
    if (length < 0 || length > this.remaining) {
      throw new MalformedError(
        `Cannot read ${length} bytes at position ${start}: ${this.remaining} are left`,
      );
    }
    this.#position += length;
    return start;
  }
}

function checkUtf8(bytes: Buffer): void {
  try {
    utf8.decode(bytes);
  } catch (cause) {
    throw new MalformedError("Cannot read a string that is not UTF-8", { cause });
  }
}
