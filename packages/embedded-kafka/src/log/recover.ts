// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogFile } from "./log-folder.ts";
import { type BatchHeader, batchHeaderBytes, isIntact, readBatchHeader } from "./record-batch.ts";

const chunkBytes = 1024 * 1024;

/**
 * Goes through the batches of a file and tells each that is whole, has its checksum right and
 * follows its predecessor. Returns the byte at which the first that is not begins, or the size.
 */
export function recover(
  file: LogFile,
  onBatch: (header: BatchHeader, position: number) => void,
): number {
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = 0;
  let position = 0;
  let nextOffset = 0;
  const bytesAt = (length: number): Buffer => {
    if (position + length > chunkStart + chunk.length) {
      chunk = file.read(position, Math.max(length, chunkBytes));
      chunkStart = position;
    }
    return chunk.subarray(position - chunkStart, position - chunkStart + length);
  };
  while (position + batchHeaderBytes <= file.size) {
    const header = readBatchHeader(bytesAt(batchHeaderBytes));
    const { sizeBytes, baseOffset, lastOffset } = header;
    if (sizeBytes < batchHeaderBytes || position + sizeBytes > file.size) break;
    if (baseOffset < nextOffset || lastOffset < baseOffset) break;
    if (!isIntact(bytesAt(sizeBytes))) break;
    onBatch(header, position);
    nextOffset = lastOffset + 1;
    position += sizeBytes;
  }
  return position;
}
