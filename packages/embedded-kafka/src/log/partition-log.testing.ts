// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import { recordsOf } from "./batch-records.ts";
import { defaultLogConfig, type LogConfig } from "./log-config.ts";
import type { LogFolder } from "./log-folder.ts";
import { MemoryLogFolder } from "./memory-log-folder.ts";
import { PartitionLog } from "./partition-log.ts";
import { createBatch, type TestBatchOptions } from "./record-batch.testing.ts";
import { readBatchHeader } from "./record-batch.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Options of {@link openTestLog}. */
export interface TestLogOptions {
  folder?: LogFolder;
  config?: Partial<LogConfig>;
  logger?: Partial<Logger>;
}

/** A log whose configs and clock a test can change. */
export interface TestLog {
  readonly log: PartitionLog;
  readonly folder: LogFolder;
  config: LogConfig;
  now: number;
  /** Appends a batch; gives its base offset, or throws what it was refused for. */
  add(batch: TestBatchOptions | Buffer, leaderEpoch?: number): number;
  /** Opens the same folder again, after a clean end or without one. */
  reopen(options?: { isClean?: boolean }): TestLog;
}

/** Opens a log in memory, or in the folder given. It is the second 1000 of 1970. */
export function openTestLog(options: TestLogOptions = {}): TestLog {
  const folder = options.folder ?? new MemoryLogFolder({ isVolatile: false });
  const test: Omit<TestLog, "log"> & { log?: PartitionLog } = {
    folder,
    config: { ...defaultLogConfig, ...options.config },
    now: 1_000_000,
    add(batch, leaderEpoch = 0) {
      const bytes = Buffer.isBuffer(batch) ? batch : createBatch(batch);
      const result = (test.log as PartitionLog).append(bytes, leaderEpoch);
      if (result.errorCode !== 0) throw new Error(`${result.errorCode}: ${result.errorMessage}`);
      return result.baseOffset;
    },
    reopen({ isClean = true } = {}) {
      if (isClean) test.log?.close();
      const again = openTestLog({ ...options, folder, config: test.config });
      again.now = test.now;
      return again;
    },
  };
  test.log = new PartitionLog(folder, {
    name: "t-0",
    config: () => test.config,
    now: () => test.now,
    logger: { ...silent, ...options.logger },
  });
  return test as TestLog;
}

/** A record as a reader sees it. */
export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly isControl: boolean;
}

/** Everything that a log has from an offset on, read in pieces. */
export function readAll(log: PartitionLog, from = log.startOffset, maxBytes = 1_000): ReadRecord[] {
  const found: ReadRecord[] = [];
  for (let offset = from; offset < log.endOffset; ) {
    const range = log.locate(offset, maxBytes, true);
    if (range.length === 0) throw new Error(`Nothing at offset ${offset} of ${log.endOffset}`);
    const bytes = log.read(range);
    for (let at = 0; at < bytes.length; ) {
      const header = readBatchHeader(bytes, at);
      const cursor = recordsOf(bytes.subarray(at, at + header.sizeBytes), header);
      while (cursor.next()) {
        if (cursor.offset < offset) continue;
        const valueStart = cursor.end - 1 - Math.max(0, cursor.valueLength);
        found.push({
          offset: cursor.offset,
          timestamp: cursor.timestamp,
          key: cursor.key(),
          value:
            cursor.valueLength < 0
              ? undefined
              : cursor.bytes.toString("utf8", valueStart, cursor.end - 1),
          isControl: (header.attributes & 0x20) !== 0,
        });
      }
      at += header.sizeBytes;
    }
    offset = range.endOffset;
  }
  return found;
}
