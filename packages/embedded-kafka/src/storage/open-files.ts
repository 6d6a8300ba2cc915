// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { closeSync } from "node:fs";

/** A file that can be closed at any time and opened again when it is needed. */
export interface ReopenableFile {
  /** Descriptor while it is open. */
  fd: number | undefined;
  /** Set at each use, so that files in use stay open. */
  isUsed: boolean;
}

/**
 * The files that are open, no more than a limit: thousands of partitions must not use up the
 * descriptors of the process. Which one is closed for another is found as by the clock algorithm of
 * page replacement: the first that was not used since the last look at it.
 */
export class OpenFiles {
  readonly #limit: number;
  readonly #files = new Set<ReopenableFile>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of open files. */
  get size(): number {
    return this.#files.size;
  }

  /** Notes a file that was opened, and closes another one when there are too many. */
  add(file: ReopenableFile): void {
    if (this.#files.size >= this.#limit) this.#closeOne();
    this.#files.add(file);
  }

  /** Closes a file, if it is open. */
  close(file: ReopenableFile): void {
    this.#files.delete(file);
    const { fd } = file;
    if (fd === undefined) return;
    file.fd = undefined;
    closeSync(fd);
  }

  closeAll(): void {
    for (const file of [...this.#files]) this.close(file);
  }

  #closeOne(): void {
    // A set is gone through in the order of insertion, what is added again meanwhile included.
    for (const file of this.#files) {
      if (!file.isUsed) {
        this.close(file);
        return;
      }
      file.isUsed = false;
      this.#files.delete(file);
      this.#files.add(file);
    }
  }
}
