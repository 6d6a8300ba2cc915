// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import { DiskLogFile } from "./disk-log-file.ts";
import type { OpenFiles } from "./open-files.ts";
import type { Journal } from "./storage.ts";
import { writeFileWhole } from "./write-file-whole.ts";

/** The file is rewritten when more keys were set in it than these and four for each that is left. */
const slackKeys = 10_000;

/** A line of the file: what one save changed. */
interface Line {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
}

/** Options of {@link DiskJournal}. */
export interface DiskJournalOptions {
  readonly files: OpenFiles;
  /** Whether each save waits for the disk. */
  readonly syncs: boolean;
  readonly logger: Logger;
}

/** A journal as a file of JSON lines, one for each save, so that a kill leaves all of it or none. */
export class DiskJournal implements Journal {
  readonly #path: string;
  readonly #options: DiskJournalOptions;
  readonly #entries = new Map<string, unknown>();
  #file: DiskLogFile;
  #keyCount = 0;

  /** @throws {Error} when a line other than the last cannot be read */
  constructor(path: string, options: DiskJournalOptions) {
    this.#path = path;
    this.#options = options;
    this.#file = new DiskLogFile(path, options);
    const intact = this.#load();
    if (intact === this.#file.size) return;
    options.logger.warn(`Cut what was half written at the end of '${path}'`, {
      fromByte: intact,
      bytes: this.#file.size - intact,
    });
    this.#file.truncate(intact);
  }

  get entries(): ReadonlyMap<string, unknown> {
    return this.#entries;
  }

  save(changes: ReadonlyMap<string, unknown>): void {
    if (changes.size === 0) return;
    const set: [string, unknown][] = [];
    const remove: string[] = [];
    for (const [key, value] of changes) {
      if (value === undefined) remove.push(key);
      else set.push([key, value]);
    }
    this.#file.append(formatLine(set, remove));
    for (const [key, value] of set) this.#entries.set(key, value);
    for (const key of remove) this.#entries.delete(key);
    this.#keyCount += changes.size;
    if (this.#keyCount > slackKeys + 4 * this.#entries.size) this.#rewrite();
  }

  /** Lets go of the file. */
  close(): void {
    this.#file.close();
  }

  /** Returns the byte after the last good line. */
  #load(): number {
    const content = this.#file.read(0, this.#file.size);
    for (let start = 0, number = 1; ; number++) {
      const end = content.indexOf("\n", start);
      if (end === -1) return start;
      let line: Line;
      try {
        line = JSON.parse(content.toString("utf8", start, end)) as Line;
      } catch (cause) {
        if (end + 1 === content.length) return start;
        throw new Error(`line ${number} of '${this.#path}' is not JSON`, { cause });
      }
      this.#note(line);
      start = end + 1;
    }
  }

  #note({ set = {}, remove = [] }: Line): void {
    const values = Object.entries(set);
    for (const [key, value] of values) this.#entries.set(key, value);
    for (const key of remove) this.#entries.delete(key);
    this.#keyCount += values.length + remove.length;
  }

  #rewrite(): void {
    const { syncs, logger } = this.#options;
    // Counted as it will be, so that a disk that is full is not asked again at each save.
    this.#keyCount = this.#entries.size;
    const lines = [...this.#entries].map((entry) => formatLine([entry], []));
    try {
      writeFileWhole(this.#path, Buffer.concat(lines), syncs);
      this.#file.close();
      this.#file = new DiskLogFile(this.#path, this.#options);
    } catch (error) {
      // What was saved is in the file as it is.
      logger.warn(`Cannot shorten '${this.#path}'`, { error: String(error) });
    }
  }
}

function formatLine(set: readonly [string, unknown][], remove: readonly string[]): Buffer {
  // Not one object literal: a key such as "__proto__" is one of a client's choice.
  const values = set.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const parts: string[] = [];
  if (set.length > 0) parts.push(`"set":{${values.join(",")}}`);
  if (remove.length > 0) parts.push(`"remove":${JSON.stringify(remove)}`);
  return Buffer.from(`{${parts.join(",")}}\n`);
}
