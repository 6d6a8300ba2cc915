// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import { DiskLogFile } from "./disk-log-file.ts";
import type { CommittedOffset, RemovedOffset } from "./storage.ts";
import { writeFileWhole } from "./write-file-whole.ts";

/** The journal is rewritten when it has more lines than these and four for each offset. */
const slackLines = 10_000;

/** A line of the journal. A null offset says that it was removed. */
interface Line {
  readonly group: string;
  readonly type?: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string | null;
  readonly metadata?: string | null;
}

/** Committed offsets as a file of JSON lines, the last one for a partition being the valid one. */
export class OffsetsJournal {
  readonly #path: string;
  readonly #syncs: boolean;
  /** The valid line for each group, topic and partition. */
  readonly #lines = new Map<string, string>();
  #file: DiskLogFile;
  #lineCount = 0;

  constructor(path: string, syncs: boolean, logger: Logger) {
    this.#path = path;
    this.#syncs = syncs;
    this.#file = new DiskLogFile(path, syncs);
    const intact = this.#load();
    if (intact === this.#file.size) return;
    logger.warn("Cut what was half written at the end of the committed offsets", {
      fromByte: intact,
      bytes: this.#file.size - intact,
    });
    this.#file.truncate(intact);
  }

  /** The offsets that are valid now. */
  offsets(): CommittedOffset[] {
    return [...this.#lines.values()].map((text) => {
      const { group, type, topic, partition, offset, metadata } = JSON.parse(text) as Line;
      return {
        groupId: group,
        protocolType: type ?? "",
        topic,
        partition,
        offset: BigInt(offset ?? -1),
        metadata: metadata ?? null,
      };
    });
  }

  save(committed: readonly CommittedOffset[], removed: readonly RemovedOffset[]): void {
    const lines: Line[] = [
      ...committed.map(({ groupId, protocolType, topic, partition, offset, metadata }) => ({
        group: groupId,
        type: protocolType,
        topic,
        partition,
        offset: String(offset),
        metadata,
      })),
      ...removed.map(({ groupId, topic, partition }) => {
        return { group: groupId, topic, partition, offset: null };
      }),
    ];
    const texts = lines.map((line) => JSON.stringify(line));
    this.#file.append(Buffer.from(texts.map((text) => `${text}\n`).join("")));
    for (const [at, line] of lines.entries()) this.#note(line, texts[at] as string);
    if (this.#lineCount > slackLines + 4 * this.#lines.size) this.#rewrite();
  }

  close(): void {
    this.#file.close();
  }

  /** Returns the byte after the last good line. */
  #load(): number {
    const content = this.#file.read(0, this.#file.size);
    let start = 0;
    for (;;) {
      const end = content.indexOf("\n", start);
      if (end === -1) return start;
      const text = content.toString("utf8", start, end);
      try {
        this.#note(JSON.parse(text) as Line, text);
      } catch {
        return start;
      }
      start = end + 1;
    }
  }

  #note(line: Line, text: string): void {
    const key = JSON.stringify([line.group, line.topic, line.partition]);
    if (line.offset === null) this.#lines.delete(key);
    else this.#lines.set(key, text);
    this.#lineCount++;
  }

  #rewrite(): void {
    const content = [...this.#lines.values()].map((text) => `${text}\n`).join("");
    writeFileWhole(this.#path, content, this.#syncs);
    const file = new DiskLogFile(this.#path, this.#syncs);
    this.#file.close();
    this.#file = file;
    this.#lineCount = this.#lines.size;
  }
}
