// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { MalformedError } from "../protocol/reader.ts";
import { spareBuffers } from "../spare-buffers.ts";

/** Cuts what a socket brings into frames: a size of four bytes, then as many bytes. */
export class FrameSplitter {
  /** Size of the largest frame; larger ones are refused before they are read. */
  maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes a chunk and returns the frames that are whole now, without their size. A large one may be
   * given back to the spare buffers when nobody reads it any more.
   *
   * @throws {MalformedError} when a size is negative or too large
   */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#bytes < 4) return frames;
      const size = this.#head(4).readInt32BE(0);
      if (size < 0 || size > this.maxBytes) {
        throw new MalformedError(
          `Cannot read a frame of ${size} bytes: the most is ${this.maxBytes}`,
        );
      }
      // Joined only when it is all there: what a client announces takes no memory, what it sends does.
      if (this.#bytes < 4 + size) return frames;
      frames.push(this.#take(4 + size).subarray(4));
    }
  }

  /** The first chunk, after as many were joined as it takes to hold the bytes. */
  #head(bytes: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    if (first.length >= bytes) return first;
    let joined = 0;
    let count = 0;
    while (joined < bytes) joined += (this.#chunks[count++] as Buffer).length;
    const head = Buffer.concat(this.#chunks.slice(0, count), joined);
    this.#chunks.splice(0, count, head);
    return head;
  }

  /** Removes so many bytes from the chunks, which have them. */
  #take(length: number): Buffer {
    this.#bytes -= length;
    const first = this.#chunks[0] as Buffer;
    if (first.length > length) {
      this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    // A chunk that is used up would hold the memory of the whole frame until the client sends again.
    if (first.length === length) return this.#chunks.shift() as Buffer;
    const taken = spareBuffers.take(length);
    let count = 0;
    for (let filled = 0; filled < length; ) {
      const chunk = this.#chunks[count] as Buffer;
      const copied = chunk.copy(taken, filled);
      filled += copied;
      if (copied === chunk.length) count++;
      else this.#chunks[count] = chunk.subarray(copied);
    }
    this.#chunks.splice(0, count);
    return taken;
  }
}
