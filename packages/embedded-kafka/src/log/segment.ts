// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { BatchIndex } from "./batch-index.ts";
import type { LogFile, LogFolder } from "./log-folder.ts";
import { type BatchHeader, batchHeaderBytes, readBatchHeader } from "./record-batch.ts";
import { type ScannedBatch, scanBatches, scanIntactBatches } from "./scan-batches.ts";
import {
  type AbortedTransaction,
  decodeSegmentIndex,
  encodeSegmentIndex,
  type SegmentSummary,
} from "./segment-index.ts";

/** Where batches lie in a log. */
export interface LogRange {
  readonly segment: Segment | undefined;
  /** How often the segment had been rewritten, as what lies where is another matter afterwards. */
  readonly generation: number;
  readonly position: number;
  /** Bytes. */
  readonly length: number;
  /** The offset that follows them. */
  readonly endOffset: number;
}

/** What a start found of a segment. */
export interface Recovered {
  /** The producers at the end of what the index has; undefined when there is no index. */
  readonly producers: unknown;
  /** The offset that follows what the index has. */
  readonly indexedOffset: number;
  /** The bytes that were cut off, and where they began. */
  readonly fromByte: number;
  readonly cutBytes: number;
}

/** The name of a segment's file: its first offset in 20 digits, as on Kafka. */
export function segmentName(baseOffset: number): string {
  return `${String(baseOffset).padStart(20, "0")}.log`;
}

/** The first offset of a segment by its file's or index's name; undefined when it is neither. */
export function offsetOfSegment(name: string): number | undefined {
  return /^\d{20}\.(log|index)$/.test(name) ? Number(name.slice(0, 20)) : undefined;
}

/** The name of a segment's index. */
function indexName(baseOffset: number): string {
  return segmentName(baseOffset).replace(/log$/, "index");
}

/**
 * A part of a log: a file of batches, one after the other, and the index of where they lie. The
 * index is written to a file of its own when the segment is full, when the broker stops, and now
 * and then: what it has need not be read at a start.
 */
export class Segment {
  readonly baseOffset: number;
  readonly #folder: LogFolder;
  #file: LogFile;
  #index: BatchIndex;
  #nextOffset: number;
  #hasGaps = false;
  #maxTimestamp = -1;
  #firstTimestamp = -1;
  #indexedBytes = 0;
  #generation = 0;
  /** When it was made or last appended to. */
  modifiedMs: number;
  aborted: AbortedTransaction[] = [];

  constructor(folder: LogFolder, baseOffset: number, now: number) {
    this.baseOffset = baseOffset;
    this.#folder = folder;
    this.#file = folder.open(segmentName(baseOffset));
    this.#index = new BatchIndex(baseOffset);
    this.#nextOffset = baseOffset;
    this.modifiedMs = now;
  }

  get sizeBytes(): number {
    return this.#file.size;
  }

  /** The offset that follows its last record. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Largest time of a record; -1 when there is none. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Largest time of its first batch; -1 when there is none. */
  get firstTimestamp(): number {
    return this.#firstTimestamp;
  }

  /** By which its age is told: the largest time of a record, or else of an append. */
  get largestTimestamp(): number {
    return this.#maxTimestamp >= 0 ? this.#maxTimestamp : this.modifiedMs;
  }

  /** Bytes that came after the index was written to its file. */
  get unindexedBytes(): number {
    return this.#file.size - this.#indexedBytes;
  }

  /** Adds a batch at the end. Nothing has changed when it throws. */
  append(bytes: Buffer, header: BatchHeader): void {
    const position = this.#file.size;
    this.#file.append(bytes);
    this.#note(header, position);
  }

  /**
   * Finds whole batches from the one that holds the offset on, none that starts at the limit or
   * after it; undefined when the offset is past the segment.
   */
  locate(
    offset: number,
    maxBytes: number,
    atLeastOne: boolean,
    limitOffset: number,
  ): LogRange | undefined {
    if (offset >= this.#nextOffset) return undefined;
    const index = this.#index;
    const size = this.#file.size;
    const first = this.#indexOf(offset);
    const position = index.position(first);
    if (position === undefined) return undefined;
    const limit =
      limitOffset >= this.#nextOffset ? index.length : index.byOffset(limitOffset - 1) + 1;
    const limitPosition = index.position(limit) ?? size;
    let end = limit;
    if (limitPosition - position > maxBytes) {
      end = index.byPosition(position + maxBytes);
      if (atLeastOne && end === first) end = first + 1;
      end = Math.min(end, limit);
    }
    return {
      segment: this,
      generation: this.#generation,
      position,
      length: Math.max(0, (index.position(end) ?? size) - position),
      endOffset: index.offset(end) ?? this.#nextOffset,
    };
  }

  /** Reads what {@link locate} found; nothing when it was removed or rewritten meanwhile. */
  read({ generation, position, length }: LogRange): Buffer {
    if (generation !== this.#generation) return Buffer.alloc(0);
    return this.#file.read(position, length);
  }

  /** The first batch with a record at or after a time, then those after it that may have one. */
  *batchesFrom(timestamp: number): Iterable<Buffer> {
    for (const index of this.#index.byTimestamp(timestamp)) {
      const position = this.#index.position(index) as number;
      const header = readBatchHeader(this.#file.read(position, batchHeaderBytes));
      if (header.maxTimestamp < timestamp) continue;
      yield this.#file.read(position, header.sizeBytes);
    }
  }

  /** Its batches from the one that holds an offset on. */
  scan(fromOffset = this.baseOffset): Iterable<ScannedBatch> {
    if (fromOffset >= this.#nextOffset) return [];
    const index = fromOffset <= this.baseOffset ? 0 : this.#indexOf(fromOffset);
    return scanBatches(this.#file, this.#index.position(index) ?? this.#file.size);
  }

  /**
   * Takes over what the file has: by its index, and batch by batch from where that ends. What does
   * not check out, from the first such byte on, is cut off.
   */
  recover(): Recovered {
    const size = this.#file.size;
    const content = this.#folder.read(indexName(this.baseOffset));
    const found = content && decodeSegmentIndex(content, this.baseOffset);
    const isUsable = found && found.summary.sizeBytes <= size;
    if (isUsable) this.#load(found.summary, found.index);
    // Or it would be believed once the file has grown to its size again, with other batches.
    else if (content) this.#folder.remove(indexName(this.baseOffset));
    const indexedOffset = this.#nextOffset;
    let intact = this.#indexedBytes;
    for (const { header, position } of scanIntactBatches(this.#file, intact, this.#nextOffset)) {
      this.#note(header, position);
      intact = position + header.sizeBytes;
    }
    this.#file.truncate(intact);
    const producers = isUsable ? found.summary.producers : undefined;
    return { producers, indexedOffset, fromByte: intact, cutBytes: size - intact };
  }

  /** Writes the index to its file, with the producers as they are at its end. */
  writeIndex(producers: unknown): void {
    const summary: SegmentSummary = {
      sizeBytes: this.#file.size,
      nextOffset: this.#nextOffset,
      hasGaps: this.#hasGaps,
      maxTimestamp: this.#maxTimestamp,
      firstTimestamp: this.#firstTimestamp,
      modifiedMs: this.modifiedMs,
      aborted: this.aborted,
      producers,
    };
    this.#folder.write(indexName(this.baseOffset), encodeSegmentIndex(summary, this.#index));
    this.#indexedBytes = this.#file.size;
  }

  /**
   * Puts what a filter makes of each batch in its place: the same bytes, others, or nothing. Its end
   * stays where it is. A kill leaves all of it as it was, or none.
   *
   * @param findAborted tells at the end which aborted transactions are left
   */
  rewrite(
    filter: (batch: ScannedBatch) => Buffer | undefined,
    findAborted: () => AbortedTransaction[],
  ): void {
    const name = segmentName(this.baseOffset);
    const draft = `${name}.cleaned`;
    this.#folder.remove(draft);
    const isChanged = writeFiltered(this.#folder.open(draft), this.scan(), filter);
    const aborted = findAborted();
    if (!isChanged) {
      this.#folder.remove(draft);
      return;
    }
    const { nextOffset } = this;
    const producers = this.#producersOfIndex();
    // The index goes first: it must never be that of another file.
    this.#folder.remove(indexName(this.baseOffset));
    this.#folder.rename(draft, name);
    this.#generation++;
    this.#file = this.#folder.open(name);
    this.#index = new BatchIndex(this.baseOffset);
    this.#nextOffset = this.baseOffset;
    this.#indexedBytes = 0;
    this.#maxTimestamp = -1;
    this.#firstTimestamp = -1;
    this.aborted = aborted;
    for (const { header, position } of scanBatches(this.#file)) this.#note(header, position);
    this.#hasGaps = true;
    this.#nextOffset = nextOffset;
    if (producers !== undefined) this.writeIndex(producers);
  }

  /** Removes its files. */
  remove(): void {
    this.#generation++;
    this.#folder.remove(indexName(this.baseOffset));
    this.#folder.remove(segmentName(this.baseOffset));
  }

  #note(header: BatchHeader, position: number): void {
    if (header.baseOffset !== this.#nextOffset) this.#hasGaps = true;
    this.#index.push(header.baseOffset, position, header.maxTimestamp);
    if (this.#index.length === 1) this.#firstTimestamp = header.maxTimestamp;
    if (header.maxTimestamp > this.#maxTimestamp) this.#maxTimestamp = header.maxTimestamp;
    this.#nextOffset = header.lastOffset + 1;
  }

  /** The first batch that ends at an offset before the segment's end, or after it. */
  #indexOf(offset: number): number {
    const index = Math.max(0, this.#index.byOffset(offset));
    const position = this.#index.position(index);
    if (!this.#hasGaps || position === undefined) return index;
    const { lastOffset } = readBatchHeader(this.#file.read(position, batchHeaderBytes));
    return offset > lastOffset ? index + 1 : index;
  }

  #load(summary: SegmentSummary, index: BatchIndex): void {
    this.#index = index;
    this.#indexedBytes = summary.sizeBytes;
    this.#nextOffset = summary.nextOffset;
    this.#hasGaps = summary.hasGaps;
    this.#maxTimestamp = summary.maxTimestamp;
    this.#firstTimestamp = summary.firstTimestamp;
    this.modifiedMs = summary.modifiedMs;
    this.aborted = [...summary.aborted];
  }

  #producersOfIndex(): unknown {
    const content = this.#folder.read(indexName(this.baseOffset));
    return content && decodeSegmentIndex(content, this.baseOffset)?.summary.producers;
  }
}

/** Writes in pieces of about so many bytes. */
const chunkBytes = 1024 * 1024;

/** Writes what a filter leaves of batches to a file. Returns whether that is not all of them. */
function writeFiltered(
  file: LogFile,
  batches: Iterable<ScannedBatch>,
  filter: (batch: ScannedBatch) => Buffer | undefined,
): boolean {
  let isChanged = false;
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const batch of batches) {
    const left = filter(batch);
    if (left !== batch.bytes) isChanged = true;
    if (!left) continue;
    parts.push(left);
    bytes += left.length;
    if (bytes < chunkBytes) continue;
    file.append(Buffer.concat(parts));
    parts = [];
    bytes = 0;
  }
  file.append(Buffer.concat(parts)); // Of no bytes too: there must be a file.
  return isChanged;
}
