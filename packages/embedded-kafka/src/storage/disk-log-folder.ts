// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { LogFile, LogFolder } from "../log/log-folder.ts";
import { DiskLogFile, type DiskLogFileOptions } from "./disk-log-file.ts";
import { syncDirectory, writeFileWhole } from "./write-file-whole.ts";

/** The files of a partition in a directory, which is made when it is not there. */
export class DiskLogFolder implements LogFolder {
  readonly isVolatile = false;
  readonly #path: string;
  readonly #options: DiskLogFileOptions;
  readonly #files = new Map<string, DiskLogFile>();

  constructor(path: string, options: DiskLogFileOptions) {
    this.#path = path;
    this.#options = options;
    mkdirSync(path, { recursive: true });
  }

  list(): string[] {
    return readdirSync(this.#path);
  }

  open(name: string): LogFile {
    let file = this.#files.get(name);
    if (!file) {
      file = new DiskLogFile(join(this.#path, name), this.#options);
      this.#files.set(name, file);
    }
    return file;
  }

  read(name: string): Buffer | undefined {
    try {
      return readFileSync(join(this.#path, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  write(name: string, content: Buffer): void {
    writeFileWhole(join(this.#path, name), content, this.#options.syncs);
  }

  rename(from: string, to: string): void {
    for (const name of [from, to]) this.#forget(name);
    renameSync(join(this.#path, from), join(this.#path, to));
    if (this.#options.syncs) syncDirectory(this.#path);
  }

  remove(name: string): void {
    this.#forget(name);
    rmSync(join(this.#path, name), { force: true });
  }

  close(): void {
    for (const name of [...this.#files.keys()]) this.#forget(name);
  }

  #forget(name: string): void {
    this.#files.get(name)?.close();
    this.#files.delete(name);
  }
}
