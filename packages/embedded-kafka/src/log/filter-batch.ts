// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { recordsOf } from "./batch-records.ts";
import { attributeBits, type BatchHeader } from "./record-batch.ts";
import type { RecordCursor } from "./record-cursor.ts";
import { emptied, rebased, repack } from "./rewrite-batch.ts";

/** What is to be left of a batch. */
export interface BatchFilter {
  /** Whether its header stays when no record does. */
  readonly isKeptEmpty: boolean;
  /** Whether a record stays. */
  readonly keeps: (record: RecordCursor) => boolean;
  /** Whether it is the marker of a transaction of which no record is left. */
  readonly isEmptyTransaction: boolean;
  /** From when on its tombstones may go, if it has no such time yet. */
  readonly newHorizon: number | undefined;
  readonly compression: number;
}

/**
 * Filters the records of a batch. Returns the same bytes when all of it stays as it is, others when
 * some of it does, and undefined when nothing does.
 */
export function filterBatch(
  batch: Buffer,
  header: BatchHeader,
  filter: BatchFilter,
): Buffer | undefined {
  let cursor = recordsOf(batch, header);
  const kept: boolean[] = [];
  let hasTombstones = false;
  let keptCount = 0;
  for (let at = 0; cursor.next(); at++) {
    const isKept = filter.keeps(cursor);
    kept[at] = isKept;
    if (!isKept) continue;
    keptCount++;
    if (cursor.valueLength < 0) hasTombstones = true;
  }
  if (keptCount === 0) {
    if (!filter.isKeptEmpty) return undefined;
    return header.recordCount === 0 ? batch : emptied(header);
  }
  const horizon = hasTombstones || filter.isEmptyTransaction ? filter.newHorizon : undefined;
  if (keptCount === kept.length && horizon === undefined) return batch;
  const oldHorizon = header.attributes & attributeBits.deleteHorizon;
  const parts: Buffer[] = [];
  let baseTimestamp = horizon ?? (oldHorizon ? header.baseTimestamp : undefined);
  let maxTimestamp = -1;
  cursor = recordsOf(batch, header);
  for (let at = 0; cursor.next(); at++) {
    if (!kept[at]) continue;
    baseTimestamp ??= cursor.timestamp;
    maxTimestamp = Math.max(maxTimestamp, cursor.timestamp);
    parts.push(rebased(cursor, header.baseOffset, baseTimestamp));
  }
  const changed: BatchHeader = {
    ...header,
    attributes: header.attributes | (horizon === undefined ? 0 : attributeBits.deleteHorizon),
    baseTimestamp: baseTimestamp ?? -1,
    maxTimestamp,
    recordCount: keptCount,
  };
  return repack(Buffer.concat(parts), changed, filter.compression).bytes;
}
