// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogFile, LogFolder } from "./log-folder.ts";
import { MemoryLogFile } from "./memory-log-file.ts";

/** Keeps the files in memory, for as long as somebody holds it. */
export class MemoryLogFolder implements LogFolder {
  readonly isVolatile: boolean;
  readonly #files = new Map<string, MemoryLogFile>();

  /** A volatile one is the default, since nobody opens a log in it again but tests. */
  constructor({ isVolatile = true }: { isVolatile?: boolean } = {}) {
    this.isVolatile = isVolatile;
  }

  list(): string[] {
    return [...this.#files.keys()];
  }

  open(name: string): LogFile {
    let file = this.#files.get(name);
    if (!file) {
      file = new MemoryLogFile();
      this.#files.set(name, file);
    }
    return file;
  }

  read(name: string): Buffer | undefined {
    const file = this.#files.get(name);
    return file?.read(0, file.size);
  }

  write(name: string, content: Buffer): void {
    const file = new MemoryLogFile();
    file.append(content);
    this.#files.set(name, file);
  }

  rename(from: string, to: string): void {
    const file = this.#files.get(from);
    if (!file) throw new Error(`Cannot rename '${from}' to '${to}': there is no such file`);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  remove(name: string): void {
    this.#files.delete(name);
  }

  close(): void {}
}
