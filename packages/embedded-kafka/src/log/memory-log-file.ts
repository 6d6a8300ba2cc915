// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogFile } from "./log-folder.ts";

const firstBlockBytes = 1024;
const blockBytes = 256 * 1024;

/**
 * Keeps the bytes in blocks of memory, so that growing copies little of what is there: only the
 * first block grows, since most logs of a test are short.
 */
export class MemoryLogFile implements LogFile {
  readonly #blocks: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const within = this.#size % blockBytes;
      const block = this.#blockFor(within, bytes.length - done);
      const copied = bytes.copy(block, within, done);
      done += copied;
      this.#size += copied;
    }
  }

  read(position: number, length: number): Buffer {
    const end = Math.min(position + length, this.#size);
    if (end <= position) return Buffer.alloc(0);
    const first = Math.floor(position / blockBytes);
    const within = position - first * blockBytes;
    const block = this.#blocks[first] as Buffer;
    // What was appended is never written again, so a view of it will do.
    if (within + end - position <= blockBytes) {
      return block.subarray(within, within + end - position);
    }
    const bytes = Buffer.allocUnsafe(end - position);
    for (let done = 0, at = first; done < bytes.length; at++) {
      done += (this.#blocks[at] as Buffer).copy(bytes, done, done === 0 ? within : 0);
    }
    return bytes;
  }

  truncate(size: number): void {
    if (size >= this.#size) return;
    this.#size = size;
    this.#blocks.length = Math.ceil(size / blockBytes);
    // Views of what was cut may be in use, so the last block is not written again.
    const last = this.#blocks.at(-1);
    if (last) this.#blocks[this.#blocks.length - 1] = Buffer.from(last);
  }

  /** The block that the next bytes go to, with room for as many or to its end. */
  #blockFor(within: number, wanted: number): Buffer {
    const last = within === 0 ? undefined : (this.#blocks.at(-1) as Buffer);
    const needed = Math.min(within + wanted, blockBytes);
    if (last && last.length >= needed) return last;
    const isFirst = this.#blocks.length === (last ? 1 : 0);
    let length = last ? last.length : firstBlockBytes;
    while (length < needed) length *= 2;
    const block = Buffer.allocUnsafeSlow(isFirst ? length : blockBytes);
    if (last) {
      last.copy(block, 0, 0, within);
      this.#blocks.pop();
    }
    this.#blocks.push(block);
    return block;
  }
}
