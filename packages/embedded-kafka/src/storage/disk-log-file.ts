// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  constants,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { LogFile } from "../log/log-folder.ts";
import { spareBuffers } from "../spare-buffers.ts";
import type { OpenFiles, ReopenableFile } from "./open-files.ts";
import { syncDirectory } from "./write-file-whole.ts";

/** Options of {@link DiskLogFile}. */
export interface DiskLogFileOptions {
  readonly files: OpenFiles;
  /** Whether each append waits for the disk. */
  readonly syncs: boolean;
}

/**
 * A file that grows at its end, made at the first append. Reads and writes are synchronous: they
 * meet the operating system's page cache, where they take microseconds, less than a way through
 * Node's thread pool and back.
 */
export class DiskLogFile implements LogFile, ReopenableFile {
  fd: number | undefined;
  isUsed = false;
  readonly #path: string;
  readonly #files: OpenFiles;
  readonly #syncs: boolean;
  #size: number;
  #isThere: boolean;

  constructor(path: string, { files, syncs }: DiskLogFileOptions) {
    this.#path = path;
    this.#files = files;
    this.#syncs = syncs;
    const stats = statSync(path, { throwIfNoEntry: false });
    this.#isThere = stats !== undefined;
    this.#size = stats?.size ?? 0;
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Buffer): void {
    const fd = this.#open();
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(fd, bytes, done, bytes.length - done, this.#size + done);
      }
      if (this.#syncs) fdatasyncSync(fd);
    } catch (error) {
      // A disk that is full may have taken a part.
      try {
        ftruncateSync(fd, this.#size);
      } catch {
        // The next append writes over it, and a start cuts it off.
      }
      throw error;
    }
    this.#size += bytes.length;
  }

  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.#size - position));
    if (wanted === 0) return Buffer.alloc(0);
    const fd = this.#open();
    const bytes = spareBuffers.take(wanted);
    let done = 0;
    while (done < wanted) {
      const read = readSync(fd, bytes, done, wanted - done, position + done);
      if (read === 0) break; // Cut by someone else.
      done += read;
    }
    return bytes.subarray(0, done);
  }

  truncate(size: number): void {
    if (size >= this.#size) return;
    ftruncateSync(this.#open(), size);
    this.#size = size;
  }

  /** Lets go of the descriptor, which is taken again when it is needed. */
  close(): void {
    this.#files.close(this);
  }

  #open(): number {
    this.isUsed = true;
    if (this.fd !== undefined) return this.fd;
    this.fd = openSync(this.#path, constants.O_RDWR | constants.O_CREAT);
    this.#files.add(this);
    if (!this.#isThere && this.#syncs) syncDirectory(dirname(this.#path));
    this.#isThere = true;
    return this.fd;
  }
}
