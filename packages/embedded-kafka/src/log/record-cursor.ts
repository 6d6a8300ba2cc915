// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { attributeBits, type BatchHeader } from "./record-batch.ts";

/**
 * Goes through the records of a batch, which are not compressed any more. Its fields are those of
 * the record that it is at.
 *
 * Layout of a record: https://kafka.apache.org/documentation/#record
 */
export class RecordCursor {
  readonly bytes: Buffer;
  /** Where the record starts, its length included, and ends. */
  start = 0;
  end = 0;
  offset = -1;
  timestamp = -1;
  keyStart = 0;
  /** -1 for none. */
  keyLength = -1;
  /** -1 for none: a tombstone. */
  valueLength = -1;
  /** Where the key's length is: what stands from here to the end is the same at any offset. */
  contentStart = 0;
  readonly #header: BatchHeader;
  #position: number;
  #left: number;

  /** Starts before the first record, which lies at `start` of the bytes. */
  constructor(bytes: Buffer, header: BatchHeader, start = 0) {
    this.bytes = bytes;
    this.#header = header;
    this.#position = start;
    this.end = start;
    this.#left = header.recordCount;
  }

  /**
   * Moves on to the next record. Returns false when there is none.
   *
   * @throws {RangeError} when the bytes are not the batch's number of whole records
   */
  next(): boolean {
    if (this.#left <= 0) {
      if (this.end !== this.bytes.length) throw new RangeError("Bytes follow the last record");
      return false;
    }
    this.#left--;
    this.start = this.end;
    this.#position = this.start;
    const length = this.#varint();
    const end = this.#position + length;
    if (length < 0 || end > this.bytes.length) throw new RangeError("A record is cut short");
    this.#position++; // Attributes, of which records have none yet.
    const { baseTimestamp, maxTimestamp, attributes, baseOffset } = this.#header;
    const timestampDelta = this.#varlong();
    const isLogAppendTime = (attributes & attributeBits.logAppendTime) !== 0;
    this.timestamp = isLogAppendTime ? maxTimestamp : baseTimestamp + timestampDelta;
    this.offset = baseOffset + this.#varint();
    this.contentStart = this.#position;
    this.keyLength = this.#varint();
    this.keyStart = this.#position;
    if (this.keyLength > 0) this.#position += this.keyLength;
    this.valueLength = this.#varint();
    if (this.valueLength > 0) this.#position += this.valueLength;
    const headers = this.#varint();
    if (headers < 0) throw new RangeError("A record has fewer headers than none");
    for (let at = 0; at < headers; at++) {
      if (this.#position >= end) throw new RangeError("A record has fewer headers than it says");
      this.#skipHeader();
    }
    if (this.#position !== end) throw new RangeError("A record is not as long as it says");
    this.end = end;
    return true;
  }

  /** The key, or undefined when there is none, as a string that stands for its bytes. */
  key(): string | undefined {
    if (this.keyLength < 0) return undefined;
    return this.bytes.toString("latin1", this.keyStart, this.keyStart + this.keyLength);
  }

  #skipHeader(): void {
    const keyLength = this.#varint();
    if (keyLength < 0) throw new RangeError("A header has no key");
    this.#position += keyLength;
    const valueLength = this.#varint();
    if (valueLength > 0) this.#position += valueLength;
  }

  /** A signed integer of 32 bits in groups of seven, zigzag: signed numbers near zero stay short. */
  #varint(): number {
    const { bytes } = this;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.#position++];
      if (byte === undefined) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new RangeError("A number of a record is cut short or longer than five bytes");
  }

  /** The same of 64 bits. */
  #varlong(): number {
    const { bytes } = this;
    let value = 0;
    for (let unit = 1; value <= Number.MAX_SAFE_INTEGER; unit *= 128) {
      const byte = bytes[this.#position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      if (unit > 2 ** 63) break;
    }
    throw new RangeError("A time of a record is cut short or too large");
  }
}
