// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { BatchIndex } from "./batch-index.ts";
import { findRecord, type OffsetAndTime } from "./find-record.ts";
import type { LogFile, LogFolder } from "./log-folder.ts";
import { ProducerStates } from "./producer-states.ts";
import {
  assignBaseOffset,
  type BatchHeader,
  checkProduced,
  readBatchHeader,
} from "./record-batch.ts";
import { recover } from "./recover.ts";

/** There is one broker, so leadership never moves. */
export const leaderEpoch = 0;

/** Where batches lie in the log. */
export interface LogRange {
  readonly position: number;
  readonly length: number;
}

/** What became of a produced batch: an offset, or an error code other than 0. */
export interface AppendResult {
  readonly errorCode: number;
  readonly baseOffset: number;
}

/** The records of one partition: batches as they came, one after the other, with offsets. */
export class PartitionLog {
  /** Offset of the first record. */
  readonly startOffset = 0;
  readonly #folder: LogFolder;
  readonly #file: LogFile;
  readonly #index = new BatchIndex();
  readonly #producers = new ProducerStates();
  readonly #watchers = new Set<() => void>();
  #endOffset = 0;
  #isClosed = false;

  /**
   * Takes over a file that may hold batches already. What does not check out, from the first such
   * byte on, is cut off and told to `onCut`: the last write of a process that was killed.
   */
  constructor(folder: LogFolder, onCut?: (cut: { fromByte: number; bytes: number }) => void) {
    const file = folder.open(`${"0".repeat(20)}.log`);
    this.#folder = folder;
    this.#file = file;
    const intact = recover(file, (header, position) => this.#note(header, position));
    if (intact < file.size) {
      const bytes = file.size - intact;
      file.truncate(intact);
      onCut?.({ fromByte: intact, bytes });
    }
  }

  /** The offset that the next record gets. With one broker it is the high watermark too. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Whether the topic was deleted or the broker closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Checks a batch and adds it at the end; its base offset is written into the bytes given. */
  append(batch: Buffer, maxBytes: number): AppendResult {
    const errorCode = checkProduced(batch, maxBytes);
    if (errorCode !== errorCodes.NONE) return { errorCode, baseOffset: -1 };
    const verdict = this.#producers.check(readBatchHeader(batch));
    if (verdict.kind === "refuse") return { errorCode: verdict.errorCode, baseOffset: -1 };
    if (verdict.kind === "duplicate") {
      return { errorCode: errorCodes.NONE, baseOffset: verdict.baseOffset };
    }
    assignBaseOffset(batch, this.#endOffset, leaderEpoch);
    const position = this.#file.size;
    this.#file.append(batch);
    const header = readBatchHeader(batch);
    this.#note(header, position);
    for (const watcher of this.#watchers) watcher();
    return { errorCode: errorCodes.NONE, baseOffset: header.baseOffset };
  }

  /**
   * Finds the batches from the one that holds the offset on: as many as fit `maxBytes`, and one at
   * least when `atLeastOne` (KIP-74: a batch larger than the limit must not stop a consumer).
   */
  locate(offset: number, maxBytes: number, atLeastOne: boolean): LogRange {
    const position = this.#index.position(this.#index.byOffset(offset));
    if (position === undefined || offset >= this.#endOffset) return { position: 0, length: 0 };
    if (this.#file.size - position <= maxBytes) {
      return { position, length: this.#file.size - position };
    }
    const first = this.#index.byOffset(offset);
    const last = this.#index.byPosition(position + maxBytes);
    const end = this.#index.position(atLeastOne ? Math.max(last, first + 1) : last);
    return { position, length: (end ?? this.#file.size) - position };
  }

  /** Reads what {@link locate} found. */
  read({ position, length }: LogRange): Buffer {
    return this.#file.read(position, length);
  }

  /** The first record at or after a time in milliseconds since 1970. */
  findByTimestamp(timestamp: number): OffsetAndTime | undefined {
    const index = this.#index.byTimestamp(timestamp);
    const position = this.#index.position(index);
    if (position === undefined) return undefined;
    const end = this.#index.position(index + 1) ?? this.#file.size;
    return findRecord(this.#file.read(position, end - position), timestamp);
  }

  /** Calls back after each append, and on close. Returns a function that ends it. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Lets go of the file. */
  close(): void {
    this.#isClosed = true;
    this.#folder.close();
    for (const watcher of this.#watchers) watcher();
  }

  #note(header: BatchHeader, position: number): void {
    this.#index.push(header.baseOffset, position, header.maxTimestamp);
    this.#producers.record(header);
    this.#endOffset = header.lastOffset + 1;
  }
}
