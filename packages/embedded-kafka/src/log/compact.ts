// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { compressionOf, recordsOf } from "./batch-records.ts";
import { CleanedTransactions } from "./cleaned-transactions.ts";
import { type BatchFilter, filterBatch } from "./filter-batch.ts";
import type { LogConfig } from "./log-config.ts";
import type { ProducerState } from "./producer-states.ts";
import { attributeBits, type BatchHeader } from "./record-batch.ts";
import type { Segment } from "./segment.ts";
import type { AbortedTransaction } from "./segment-index.ts";

/**
 * The latest time that a delete horizon can be, far away for all clocks. A batch counts its records'
 * times from it, by twice the difference, which a number must hold exactly.
 */
const maxHorizon = 2 ** 51;

/** What {@link cleanableSegments} goes by. */
export interface CleanableOptions {
  /** Before it the log is compacted already. */
  readonly firstDirty: number;
  /** The last stable offset. */
  readonly limit: number;
  readonly config: LogConfig;
  readonly now: number;
}

/**
 * The segments that are to be compacted, from the first of the log on; none while too little would
 * come of it. Never the last segment, nor what a transaction may still decide on, nor what is too
 * young.
 */
export function cleanableSegments(
  segments: readonly Segment[],
  { firstDirty, limit, config, now }: CleanableOptions,
): Segment[] {
  const { minCompactionLagMs, maxCompactionLagMs, minCleanableDirtyRatio } = config;
  const cleanable: Segment[] = [];
  for (const segment of segments.slice(0, -1)) {
    const isDirty = segment.nextOffset > firstDirty;
    const isYoung = minCompactionLagMs > 0 && segment.largestTimestamp > now - minCompactionLagMs;
    if (segment.nextOffset > limit || (isDirty && isYoung)) break;
    cleanable.push(segment);
  }
  const dirty = cleanable.filter(({ nextOffset }) => nextOffset > firstDirty);
  const dirtyBytes = sum(dirty);
  if (dirtyBytes === 0) return [];
  const isOverdue = dirty.some(({ firstTimestamp }) => {
    return firstTimestamp > 0 && firstTimestamp < now - maxCompactionLagMs;
  });
  return isOverdue || dirtyBytes / sum(cleanable) > minCleanableDirtyRatio ? cleanable : [];
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
}

/** What {@link compact} goes by. */
export interface CompactOptions {
  readonly firstDirty: number;
  readonly config: LogConfig;
  readonly now: number;
  readonly producers: ReadonlyMap<number, ProducerState>;
  /** The aborted transactions of the whole log: their markers may lie in later segments. */
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * Keeps of all records with one key the last, as Kafka's cleaner does. Records keep their offsets.
 * What has no value goes once it was there for `delete.retention.ms`, what was aborted at once, and
 * a marker after the records of its transaction. The last batch of each producer stays, with its
 * sequence, though it may have lost its records.
 */
export function compact(segments: readonly Segment[], options: CompactOptions): void {
  const lastOffsets = findLastOffsets(segments, options);
  const end = segments.at(-1)?.nextOffset ?? 0;
  const transactions = new CleanedTransactions(options.aborted);
  for (const segment of segments) {
    segment.rewrite(
      ({ header, bytes }) => {
        const filter = filterFor(header, bytes, transactions, lastOffsets, end, options);
        try {
          return filterBatch(bytes, header, filter);
        } catch {
          // What cannot be unpacked was let in before the topic was compacted.
          return bytes;
        }
      },
      () => transactions.takeAborted(),
    );
  }
}

/** The last offset of each key in what is dirty, records that were aborted aside. */
function findLastOffsets(
  segments: readonly Segment[],
  { firstDirty, aborted }: CompactOptions,
): Map<string, number> {
  const lastOffsets = new Map<string, number>();
  // Those that ended before would never end here, and take in what their producers committed later.
  const dirty = aborted.filter(({ lastOffset }) => lastOffset >= firstDirty);
  const transactions = new CleanedTransactions(dirty);
  for (const segment of segments) {
    if (segment.nextOffset <= firstDirty) continue;
    for (const { header, bytes } of segment.scan()) {
      if (header.attributes & attributeBits.control) {
        transactions.onMarker(header, bytes);
        continue;
      }
      if (transactions.isAborted(header)) continue;
      for (const [key, offset] of keysOf(bytes, header)) {
        if (offset >= firstDirty) lastOffsets.set(key, offset);
      }
    }
  }
  return lastOffsets;
}

/** The keys of a batch's records with their offsets; none when it cannot be unpacked. */
function keysOf(bytes: Buffer, header: BatchHeader): [key: string, offset: number][] {
  const keys: [string, number][] = [];
  try {
    const records = recordsOf(bytes, header);
    while (records.next()) {
      const key = records.key();
      if (key !== undefined) keys.push([key, records.offset]);
    }
    return keys;
  } catch {
    return [];
  }
}

function filterFor(
  header: BatchHeader,
  bytes: Buffer,
  transactions: CleanedTransactions,
  lastOffsets: ReadonlyMap<string, number>,
  end: number,
  { now, config, producers }: CompactOptions,
): BatchFilter {
  const isControl = (header.attributes & attributeBits.control) !== 0;
  const horizon =
    header.attributes & attributeBits.deleteHorizon ? header.baseTimestamp : undefined;
  const isPastHorizon = horizon !== undefined && horizon <= now;
  const isDiscardable = isControl
    ? transactions.onMarker(header, bytes)
    : transactions.isAborted(header);
  const isDiscarded = isDiscardable && (!isControl || isPastHorizon);
  return {
    // The last of a producer tells its sequence or epoch, and the very last where the log ends.
    isKeptEmpty: isLastOfProducer(header, producers) || header.lastOffset + 1 === end,
    keeps(record) {
      if (isDiscarded) return false;
      if (isControl) return true;
      const key = record.key();
      if (key === undefined) return false;
      if (record.offset < (lastOffsets.get(key) ?? -1)) return false;
      return record.valueLength >= 0 || !isPastHorizon;
    },
    isEmptyTransaction: isControl && isDiscardable,
    newHorizon:
      horizon === undefined ? Math.min(now + config.deleteRetentionMs, maxHorizon) : undefined,
    compression: compressionOf(header),
  };
}

function isLastOfProducer(
  header: BatchHeader,
  producers: ReadonlyMap<number, ProducerState>,
): boolean {
  const state = header.producerId < 0 ? undefined : producers.get(header.producerId);
  if (!state) return false;
  const last = state.batches.at(-1);
  if (last) return header.lastOffset === last.lastOffset;
  const isControl = (header.attributes & attributeBits.control) !== 0;
  return isControl && header.producerEpoch === state.epoch;
}
