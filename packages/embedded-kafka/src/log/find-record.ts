// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { recordsOf } from "./batch-records.ts";
import { readBatchHeader } from "./record-batch.ts";

/** A record's offset, its time in milliseconds since 1970, and who led when it was appended. */
export interface FoundRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/** The first record of a batch from an offset on that is at or after a time. */
export function findRecord(
  batch: Buffer,
  timestamp: number,
  fromOffset: number,
): FoundRecord | undefined {
  const header = readBatchHeader(batch);
  const { leaderEpoch, baseOffset, lastOffset } = header;
  try {
    const cursor = recordsOf(batch, header);
    while (cursor.next()) {
      if (cursor.timestamp < timestamp || cursor.offset < fromOffset) continue;
      // Offsets of records are not checked when they are produced.
      const offset = Math.min(Math.max(cursor.offset, baseOffset), lastOffset);
      return { offset, timestamp: cursor.timestamp, leaderEpoch };
    }
    return undefined;
  } catch {
    // Compressed records are not checked either. A position before the one asked for is safe.
    if (header.maxTimestamp < timestamp || lastOffset < fromOffset) return undefined;
    const offset = Math.max(baseOffset, fromOffset);
    return { offset, timestamp: header.maxTimestamp, leaderEpoch };
  }
}
