// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Bytes that grow at their end: the port between a partition's log and where it is kept. */
export interface LogFile {
  /** Number of bytes. */
  readonly size: number;
  /**
   * Adds bytes at the end. When it returns they outlive this process; when it throws, nothing was
   * added. The bytes may change afterwards.
   */
  append(bytes: Buffer): void;
  /** Reads into memory that nothing else uses; fewer bytes than asked for at the end. */
  read(position: number, length: number): Buffer;
  /** Drops everything from `size` on. */
  truncate(size: number): void;
  close(): void;
}

const blockBytes = 64 * 1024;

/** Keeps the bytes in blocks of memory, so that growing never copies what is there. */
export class MemoryLogFile implements LogFile {
  readonly #blocks: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      const within = this.#size % blockBytes;
      if (within === 0) this.#blocks.push(Buffer.allocUnsafeSlow(blockBytes));
      const block = this.#blocks[this.#blocks.length - 1] as Buffer;
      const copied = bytes.copy(block, within, done);
      done += copied;
      this.#size += copied;
    }
  }

  read(position: number, length: number): Buffer {
    const end = Math.min(position + length, this.#size);
    const bytes = Buffer.allocUnsafe(Math.max(0, end - position));
    for (let done = 0; done < bytes.length; ) {
      const from = position + done;
      const block = this.#blocks[Math.floor(from / blockBytes)] as Buffer;
      const within = from % blockBytes;
      done += block.copy(bytes, done, within, Math.min(blockBytes, within + bytes.length - done));
    }
    return bytes;
  }

  truncate(size: number): void {
    this.#size = Math.min(this.#size, size);
    this.#blocks.length = Math.ceil(this.#size / blockBytes);
  }

  close(): void {}
}
