// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogFile } from "./log-folder.ts";
import { type BatchHeader, batchHeaderBytes, isIntact, readBatchHeader } from "./record-batch.ts";

const chunkBytes = 1024 * 1024;

/** A batch in a file. */
export interface ScannedBatch {
  readonly header: BatchHeader;
  readonly position: number;
  readonly bytes: Buffer;
}

/**
 * Goes through the batches of a file, from a position on, up to the first that is not whole. Their
 * checksums are not looked at.
 */
export function* scanBatches(file: LogFile, from = 0): Iterable<ScannedBatch> {
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = from;
  let position = from;
  const bytesAt = (length: number): Buffer => {
    if (position + length > chunkStart + chunk.length) {
      chunk = file.read(position, Math.max(length, chunkBytes));
      chunkStart = position;
    }
    return chunk.subarray(position - chunkStart, position - chunkStart + length);
  };
  while (position + batchHeaderBytes <= file.size) {
    const header = readBatchHeader(bytesAt(batchHeaderBytes));
    const { sizeBytes } = header;
    if (sizeBytes < batchHeaderBytes || position + sizeBytes > file.size) return;
    yield { header, position, bytes: bytesAt(sizeBytes) };
    position += sizeBytes;
  }
}

/** As {@link scanBatches}, but up to the first that is damaged or does not follow the one before. */
export function* scanIntactBatches(
  file: LogFile,
  from: number,
  fromOffset: number,
): Iterable<ScannedBatch> {
  let nextOffset = fromOffset;
  for (const batch of scanBatches(file, from)) {
    const { baseOffset, lastOffset } = batch.header;
    if (!Number.isSafeInteger(lastOffset)) return;
    if (baseOffset < nextOffset || lastOffset < baseOffset || !isIntact(batch.bytes)) return;
    yield batch;
    nextOffset = lastOffset + 1;
  }
}
