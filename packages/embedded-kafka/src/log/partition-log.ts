// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../logger.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { type AppendResult, refused } from "./append-result.ts";
import { checkProduced } from "./check-produced.ts";
import { cleanableSegments, compact } from "./compact.ts";
import { createMarkerBatch, type Marker } from "./control-batch.ts";
import { endTransaction } from "./end-transaction.ts";
import type { FoundRecord } from "./find-record.ts";
import { describeProducer, type KnownProducer } from "./known-producer.ts";
import type { EpochEnd, LeaderEpochs } from "./leader-epochs.ts";
import type { LogConfig } from "./log-config.ts";
import type { LogFolder } from "./log-folder.ts";
import { openLog, writeLogState } from "./open-log.ts";
import type { ProducerStates } from "./producer-states.ts";
import { assignOffset, type BatchHeader, readBatchHeader } from "./record-batch.ts";
import { countExpired } from "./retention.ts";
import { type LogRange, Segment } from "./segment.ts";
import { SegmentList } from "./segment-list.ts";

export type { AppendResult } from "./append-result.ts";
export type { KnownProducer } from "./known-producer.ts";
export type { LogRange } from "./segment.ts";

/** So many bytes of a segment are read at most when a broker starts that was killed. */
const checkpointBytes = 32 * 1024 * 1024;
/** So many bytes of a segment are read sooner than an index of them is written. */
const unindexedBytesAtEnd = 64 * 1024;
/**
 * Kafka's producer.id.expiration.check.interval.ms. How long a producer was idle is told by the times
 * of its records, so one whose records are old is forgotten at each check.
 */
const expiryCheckMs = 10 * 60 * 1000;

/** A marker without its time, which is that of the append. */
export type NewMarker = Omit<Marker, "timestamp">;

/** A transaction whose records a reader of committed ones leaves out. */
export interface AbortedRange {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** Options of {@link PartitionLog}. */
export interface PartitionLogOptions {
  /** Topic and partition, for messages. */
  readonly name: string;
  /** What the topic's configs ask for at this moment. */
  readonly config: () => LogConfig;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** The records of one partition: batches as they came, one after the other, with offsets. */
export class PartitionLog {
  readonly #folder: LogFolder;
  readonly #options: PartitionLogOptions;
  readonly #segments: SegmentList;
  readonly #producers: ProducerStates;
  readonly #epochs: LeaderEpochs;
  readonly #watchers = new Set<() => void>();
  #startOffset: number;
  /** Before it there are no two records of one key, if the log is compacted. */
  #cleanedOffset: number;
  #endOffset: number;
  #isClosed = false;
  /** Whether a start need not look at batches to know the epochs before the last index. */
  #areEpochsSaved = true;
  /** When idle producers were last looked for. */
  #expiryCheckedMs: number;

  /**
   * Takes over a folder that may hold a log already. What does not check out at its end is cut off
   * and told to the logger: the last write of a process that was killed.
   */
  constructor(folder: LogFolder, options: PartitionLogOptions) {
    this.#folder = folder;
    this.#options = options;
    const opened = openLog(folder, options);
    this.#segments = new SegmentList(opened.segments);
    this.#producers = opened.producers;
    this.#epochs = opened.epochs;
    this.#startOffset = opened.startOffset;
    this.#cleanedOffset = opened.cleanedOffset;
    this.#endOffset = opened.endOffset;
    this.#expiryCheckedMs = options.now();
  }

  /** Offset of the first record that was not deleted. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /**
   * The offset that the next record gets. It is the high watermark too: what is in this log is
   * what all replicas have.
   */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Before it no transaction is open: how far readers of committed records get. */
  get lastStableOffset(): number {
    return Math.max(this.#startOffset, this.#producers.firstOpenOffset ?? this.#endOffset);
  }

  /** Whether the topic was deleted or the broker closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes;
  }

  /**
   * Checks a batch that a client sent and adds it at the end; the bytes given may be changed.
   *
   * @param mustBegin whether a producer of which nothing is known must begin at sequence 0, as in
   *   transactions of version 2 (KIP-890)
   */
  append(batch: Buffer, leaderEpoch: number, mustBegin = false): AppendResult {
    const config = this.#options.config();
    const now = this.#options.now();
    const checked = checkProduced(batch, config, now);
    if (!checked.isFine) return refused(checked);
    const { bytes, header } = checked;
    const { segmentBytes } = config;
    if (bytes.length > segmentBytes) {
      const errorMessage = `Message batch size is ${bytes.length} bytes, which exceeds the maximum configured segment size of ${segmentBytes}`;
      return refused({ errorCode: errorCodes.RECORD_LIST_TOO_LARGE, errorMessage });
    }
    const verdict = this.#producers.check(header, mustBegin);
    if (verdict.kind === "refuse") return refused(verdict);
    if (verdict.kind === "duplicate") {
      const { baseOffset, timestamp } = verdict.batch;
      return { errorCode: errorCodes.NONE, baseOffset, logAppendTimeMs: timestamp };
    }
    const result = this.#add(bytes, header, leaderEpoch, config, now, (placed) => {
      this.#producers.record(placed);
    });
    return config.isLogAppendTime && result.errorCode === errorCodes.NONE
      ? { ...result, logAppendTimeMs: now }
      : result;
  }

  /** Ends a producer's transaction in this partition, whether it has one or not. */
  appendMarker(marker: NewMarker, leaderEpoch: number): AppendResult {
    const now = this.#options.now();
    const timed = { ...marker, timestamp: now };
    const errorCode = this.#producers.checkMarker(timed);
    if (errorCode !== errorCodes.NONE) {
      const { producerId, producerEpoch, coordinatorEpoch } = marker;
      const errorMessage = `Stale marker of producer ${producerId} in epoch ${producerEpoch} by a coordinator in epoch ${coordinatorEpoch}`;
      return refused({ errorCode, errorMessage });
    }
    const bytes = createMarkerBatch(timed);
    const config = this.#options.config();
    return this.#add(bytes, readBatchHeader(bytes), leaderEpoch, config, now, (placed) => {
      endTransaction(this.#producers, this.#segments.all, timed, placed);
    });
  }

  /**
   * Finds the batches from the one that holds the offset on: as many as fit `maxBytes`, one at least
   * when `atLeastOne` (KIP-74: a batch larger than the limit must not stop a consumer), and none
   * that starts at `limitOffset` or after it: the last stable offset, for committed records.
   */
  locate(
    offset: number,
    maxBytes: number,
    atLeastOne: boolean,
    limitOffset = this.#endOffset,
  ): LogRange {
    const range =
      offset < limitOffset
        ? this.#segments.locate(offset, maxBytes, atLeastOne, limitOffset)
        : undefined;
    if (range) return range;
    return { segment: undefined, generation: 0, position: 0, length: 0, endOffset: offset };
  }

  /** Reads what {@link locate} found; nothing when it was deleted or compacted meanwhile. */
  read(range: LogRange): Buffer {
    return range.segment && range.length > 0 ? range.segment.read(range) : Buffer.alloc(0);
  }

  /** The aborted transactions that have records in what {@link locate} found. */
  abortedTransactions(fromOffset: number, range: LogRange): AbortedRange[] {
    return Array.from(
      this.#segments.abortedIn(fromOffset, range),
      ({ producerId, firstOffset }) => ({ producerId, firstOffset }),
    );
  }

  /** The first record at or after a time in milliseconds since 1970. */
  findByTimestamp(timestamp: number): FoundRecord | undefined {
    return this.#segments.findByTimestamp(timestamp, this.#startOffset);
  }

  /** The first of the records with the latest time (KIP-734). */
  findMaxTimestamp(): FoundRecord | undefined {
    const latest = Math.max(...this.#segments.all.map(({ maxTimestamp }) => maxTimestamp));
    return latest < 0 ? undefined : this.findByTimestamp(latest);
  }

  /** Notes that a leader's epoch begins here, whether it ever appends or not. */
  beginEpoch(leaderEpoch: number): void {
    if (this.#epochs.begin(leaderEpoch, this.#endOffset)) this.#saveState();
  }

  /** The last leader's epoch of which it knows; -1 when there is none. */
  get latestEpoch(): number {
    return this.#epochs.latest;
  }

  /** The leader's epoch in which the first record was appended; undefined when nothing was. */
  get startEpoch(): number | undefined {
    return this.#epochs.starts[0]?.[0];
  }

  /** Where a leader's epoch ends, which is how a client finds what is not in this log (KIP-320). */
  endOffsetOf(leaderEpoch: number): EpochEnd {
    return this.#epochs.endOf(leaderEpoch, this.#endOffset);
  }

  /**
   * Deletes the records before an offset.
   *
   * @throws {RangeError} when the offset is past the end
   */
  deleteBefore(offset: number): void {
    if (offset > this.#endOffset) {
      throw new RangeError(
        `Cannot delete records of ${this.#options.name} before offset ${offset}: the log ends at ${this.#endOffset}`,
      );
    }
    if (offset <= this.#startOffset) return;
    const before = this.#startOffset;
    this.#startOffset = offset;
    try {
      this.#saveState();
    } catch (error) {
      this.#startOffset = before;
      throw error;
    }
    this.#epochs.deleteBefore(offset);
    this.#removeFirst(this.#segments.indexOf(offset));
  }

  /**
   * Deletes and compacts what the topic's configs have to be deleted and compacted at this time, and
   * forgets producers that were idle for long. What fails is told to the logger and tried again at
   * the next call.
   */
  clean(): void {
    if (this.#isClosed) return;
    const config = this.#options.config();
    const now = this.#options.now();
    if (now - this.#expiryCheckedMs >= expiryCheckMs) {
      this.#expiryCheckedMs = now;
      this.#producers.forgetBefore(now - config.producerIdExpirationMs);
    }
    try {
      if (config.isDeleted) this.#deleteExpired(config, now);
      if (config.isCompacted) this.#compact(config, now);
    } catch (error) {
      const { logger, name } = this.#options;
      logger.error(`Cannot clean the log of ${name}`, { error: String(error) });
    }
  }

  /** The idempotent producers that are known. */
  producers(): KnownProducer[] {
    return [...this.#producers.states].map(([id, state]) => describeProducer(id, state));
  }

  /** Whether a producer has an open transaction, in this epoch of its own. */
  hasTransaction(producerId: number, producerEpoch: number): boolean {
    const state = this.#producers.states.get(producerId);
    return state?.epoch === producerEpoch && state.transactionStart >= 0;
  }

  /** Calls back after each append, and on close. Returns a function that ends it. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Lets go of the files, so that opening them again need not read more than a little of them. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { active } = this.#segments;
    if (active.unindexedBytes > unindexedBytesAtEnd) this.#writeIndex(active);
    this.#folder.close();
    for (const watcher of this.#watchers) watcher();
  }

  /** Puts a batch that is fine at the end. Nothing has changed when it cannot be written. */
  #add(
    bytes: Buffer,
    header: BatchHeader,
    leaderEpoch: number,
    config: LogConfig,
    now: number,
    note: (placed: BatchHeader) => void,
  ): AppendResult {
    const baseOffset = this.#endOffset;
    const lastOffset = baseOffset + header.lastOffset - header.baseOffset;
    const placed = { ...header, baseOffset, lastOffset, leaderEpoch };
    assignOffset(bytes, baseOffset, leaderEpoch);
    let segment = this.#segments.active;
    try {
      // The batch tells it itself to a start that looks at it.
      if (this.#epochs.begin(leaderEpoch, baseOffset)) this.#areEpochsSaved = false;
      if (mustRoll(segment, placed, config, now)) segment = this.#roll(now);
      segment.append(bytes, placed);
    } catch (error) {
      const errorMessage = `Cannot append to ${this.#options.name}: ${error instanceof Error ? error.message : error}`;
      this.#options.logger.error(errorMessage);
      return refused({ errorCode: errorCodes.KAFKA_STORAGE_ERROR, errorMessage });
    }
    segment.modifiedMs = now;
    this.#endOffset = lastOffset + 1;
    note(placed);
    if (segment.unindexedBytes > checkpointBytes) this.#writeIndex(segment);
    for (const watcher of this.#watchers) watcher();
    return { errorCode: errorCodes.NONE, baseOffset, logAppendTimeMs: -1 };
  }

  #roll(now: number): Segment {
    const full = this.#segments.active;
    if (full.unindexedBytes > 0) this.#writeIndex(full);
    const segment = new Segment(this.#folder, this.#endOffset, now);
    this.#segments.push(segment);
    return segment;
  }

  #writeIndex(segment: Segment): void {
    if (this.#folder.isVolatile) return;
    try {
      if (!this.#areEpochsSaved) this.#saveState();
      segment.writeIndex(this.#producers.encode());
    } catch (error) {
      // It only spares the next start a look at the segment.
      const { logger, name } = this.#options;
      logger.warn(`Cannot write an index of ${name}`, { error: String(error) });
    }
  }

  #saveState(): void {
    if (this.#folder.isVolatile) return;
    writeLogState(this.#folder, {
      startOffset: this.#startOffset,
      cleanedOffset: this.#cleanedOffset,
      epochs: this.#epochs.starts,
    });
    this.#areEpochsSaved = true;
  }

  #deleteExpired(config: LogConfig, now: number): void {
    const count = countExpired(this.#segments.all, config, now);
    if (count === 0) return;
    if (count === this.#segments.all.length) this.#roll(now);
    const { baseOffset } = this.#segments.all[count] as Segment;
    this.#startOffset = Math.max(this.#startOffset, baseOffset);
    this.#epochs.deleteBefore(this.#startOffset);
    this.#saveState();
    this.#removeFirst(count);
  }

  #compact(config: LogConfig, now: number): void {
    const firstDirty = Math.max(this.#cleanedOffset, this.#startOffset);
    const limit = this.lastStableOffset;
    const segments = cleanableSegments(this.#segments.all, { firstDirty, limit, config, now });
    const last = segments.at(-1);
    if (!last) return;
    const aborted = this.#segments.all.flatMap((segment) => segment.aborted);
    compact(segments, { firstDirty, now, config, producers: this.#producers.states, aborted });
    this.#cleanedOffset = last.nextOffset;
    // A start takes the first file for the log's start unless it is told.
    this.#saveState();
    for (const empty of segments.filter(({ sizeBytes }) => sizeBytes === 0)) {
      this.#segments.remove(empty);
    }
  }

  #removeFirst(count: number): void {
    if (count <= 0) return;
    // The producers of what is removed must be found by the next start.
    this.#writeIndex(this.#segments.active);
    this.#segments.removeFirst(count);
  }
}

/** Whether a batch goes to a new segment: the present one is full or too old for it. */
function mustRoll(segment: Segment, batch: BatchHeader, config: LogConfig, now: number): boolean {
  const { sizeBytes, firstTimestamp } = segment;
  if (sizeBytes === 0) return false;
  if (sizeBytes + batch.sizeBytes > config.segmentBytes) return true;
  if (batch.lastOffset - segment.baseOffset > 0x7fffffff) return true;
  // What is never full must become compactable all the same.
  const lag = config.isCompacted ? config.maxCompactionLagMs : Infinity;
  const age = firstTimestamp < 0 ? now - segment.modifiedMs : batch.maxTimestamp - firstTimestamp;
  return age > Math.min(config.segmentMs, lag);
}
