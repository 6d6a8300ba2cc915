// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Flag of a compressed payload, in all three protocols. */
export const compressedFlag = 0x01;

const headLength = 5;

/** What an {@link EnvelopeScanner} finds. */
export interface EnvelopeSink {
  /** A message passed, of so many bytes without its head. */
  message?(bytes: number): void;
  /** So much of a body passed: whole messages, and bytes of messages, whole or not. */
  passed(messages: number, messageBytes: number, wireBytes: number): void;
  /** The frame passed that ends a stream. It is no message. */
  ended(flags: number, payload: Uint8Array): void;
}

/**
 * Counts the messages of a stream on the wire, where a head of 5 bytes stands before each: flags,
 * and the payload's length in big-endian order. It keeps nothing but the frame that ends the
 * stream. Source: the specifications of gRPC, gRPC-Web and Connect, which all frame so.
 */
export class EnvelopeScanner {
  readonly #sink: EnvelopeSink;
  readonly #endFlag: number;
  readonly #head = new Uint8Array(headLength);
  #headFilled = 0;
  #length = 0;
  #remaining = 0;
  #end: Uint8Array | undefined;

  /** @param endFlag flag of the frame that ends a stream; 0 where there is none. */
  constructor(endFlag: number, sink: EnvelopeSink) {
    this.#endFlag = endFlag;
    this.#sink = sink;
  }

  /** Takes the next part of a body, however it is cut. */
  take(chunk: Uint8Array): void {
    let messages = 0;
    let messageBytes = 0;
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#headFilled < headLength) {
        offset = this.#takeHead(chunk, offset);
        if (this.#headFilled < headLength) break;
      }
      const taken = Math.min(this.#remaining, chunk.length - offset);
      if (this.#end === undefined) messageBytes += taken;
      else
        this.#end.set(chunk.subarray(offset, offset + taken), this.#end.length - this.#remaining);
      offset += taken;
      this.#remaining -= taken;
      if (this.#remaining > 0) break;
      this.#headFilled = 0;
      if (this.#end === undefined) {
        messages++;
        this.#sink.message?.(this.#length);
      } else this.#finishEnd(this.#end);
    }
    this.#sink.passed(messages, messageBytes, chunk.length);
  }

  #takeHead(chunk: Uint8Array, offset: number): number {
    while (this.#headFilled < headLength && offset < chunk.length) {
      this.#head[this.#headFilled++] = chunk[offset++] as number;
    }
    if (this.#headFilled === headLength) {
      const [flags = 0, a = 0, b = 0, c = 0, d = 0] = this.#head;
      this.#length = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
      this.#remaining = this.#length;
      if ((flags & this.#endFlag) !== 0) this.#end = new Uint8Array(this.#length);
    }
    return offset;
  }

  #finishEnd(payload: Uint8Array): void {
    this.#end = undefined;
    this.#sink.ended(this.#head[0] ?? 0, payload);
  }
}
