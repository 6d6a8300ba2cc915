// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import type { LogFile } from "../log/log-file.ts";

/**
 * A file that grows at its end. Reads and writes are synchronous: they meet the operating system's
 * page cache, where they take microseconds, less than a way through Node's thread pool and back.
 */
export class DiskLogFile implements LogFile {
  readonly #fd: number;
  readonly #syncs: boolean;
  #size: number;

  /** Opens the file or makes it. With `syncs` each append waits for the disk. */
  constructor(path: string, syncs: boolean) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT);
    this.#syncs = syncs;
    this.#size = fstatSync(this.#fd).size;
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
      if (this.#syncs) fdatasyncSync(this.#fd);
    } catch (error) {
      // A disk that is full may have taken a part.
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.#size - position));
    const bytes = Buffer.allocUnsafe(wanted);
    let done = 0;
    while (done < wanted) {
      const read = readSync(this.#fd, bytes, done, wanted - done, position + done);
      if (read === 0) break; // Cut by someone else.
      done += read;
    }
    return bytes.subarray(0, done);
  }

  truncate(size: number): void {
    ftruncateSync(this.#fd, size);
    this.#size = size;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
