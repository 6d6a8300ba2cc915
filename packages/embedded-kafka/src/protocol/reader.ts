// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Bytes from a client do not have the layout that their version says. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads the Kafka protocol's primitive types, in order. Throws {@link MalformedError}. */
export class Reader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#buffer.length - this.#position;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#take(8));
  }

  /** An unsigned integer of 32 bits in groups of seven, the lowest first. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer.readUInt8(this.#take(1));
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
    try {
      return utf8.decode(this.bytes(length));
    } catch (cause) {
      if (cause instanceof MalformedError) throw cause;
      throw new MalformedError("Cannot read a string that is not UTF-8", { cause });
    }
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
