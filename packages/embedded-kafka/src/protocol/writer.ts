// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { maxStringBytes } from "./reader.ts";

/** From this size on bytes are handed on as they are; below, a copy costs less than a chunk. */
const ownChunk = 4096;

/** Writes the Kafka protocol's primitive types as one frame: a list of chunks, for one writev. */
export class Writer {
  readonly #chunks: Buffer[] = [];
  #buffer = Buffer.allocUnsafe(512);
  /** The same bytes: it writes a bigint many times faster than Buffer does. */
  #view = viewOf(this.#buffer);
  /** What lies before it is in #chunks already. */
  #start = 0;
  #position = 4; // The frame's size, known at the end.
  #flushed = 0;

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#buffer.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(value, at);
  }

  int64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value);
  }

  /** An unsigned integer of 32 bits in groups of seven, the lowest first. */
  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#uint8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#uint8(rest);
  }

  /** A string with its length in 16 bits. */
  string(value: string): void {
    const length = lengthOf(value);
    this.int16(length);
    this.#text(value, length);
  }

  /** A string with its length, and one, as a varint. */
  compactString(value: string): void {
    const length = lengthOf(value);
    this.varint(length + 1);
    this.#text(value, length);
  }

  /** Bytes without a length. They must not change until the frame is sent. */
  bytes(value: Buffer): void {
    if (value.length < ownChunk) {
      const at = this.#reserve(value.length);
      value.copy(this.#buffer, at);
      return;
    }
    this.#flush();
    this.#chunks.push(value);
    this.#flushed += value.length;
  }

  /** The frame, its size at its head. The writer cannot be used any more. */
  finish(): Buffer[] {
    this.#flush();
    this.#chunks[0]?.writeInt32BE(this.#flushed - 4, 0);
    return this.#chunks;
  }

  /** Everything written, without the frame's size: a part of another frame. */
  finishPart(): Buffer {
    this.#flush();
    return Buffer.concat(this.#chunks).subarray(4);
  }

  #text(value: string, length: number): void {
    const at = this.#reserve(length);
    this.#buffer.write(value, at, length);
  }

  #uint8(value: number): void {
    const at = this.#reserve(1);
    this.#buffer.writeUInt8(value, at);
  }

  #flush(): void {
    if (this.#position === this.#start) return;
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#position));
    this.#flushed += this.#position - this.#start;
    this.#start = this.#position;
  }

  /** Where the next bytes go. It may change the buffer: call it before the buffer is named. */
  #reserve(length: number): number {
    if (this.#position + length > this.#buffer.length) {
      const unsent = this.#buffer.subarray(this.#start, this.#position);
      const grown = Buffer.allocUnsafe(Math.max(1024, 2 * (unsent.length + length)));
      unsent.copy(grown);
      this.#buffer = grown;
      this.#view = viewOf(grown);
      this.#position = unsent.length;
      this.#start = 0;
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }
}

function lengthOf(value: string): number {
  const length = Buffer.byteLength(value);
  if (length > maxStringBytes) {
    throw new TypeError(
      `Cannot write a string of ${length} bytes: there are at most ${maxStringBytes}`,
    );
  }
  return length;
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
