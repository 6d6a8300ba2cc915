// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { decompress } from "./compression/compression.ts";
import { attributeBits, type BatchHeader, batchHeaderBytes } from "./record-batch.ts";
import { RecordCursor } from "./record-cursor.ts";

/** The number of a batch's compression. */
export function compressionOf({ attributes }: BatchHeader): number {
  return attributes & attributeBits.compression;
}

/**
 * The records of a batch, unpacked.
 *
 * @throws {Error} when they cannot be unpacked
 */
export function recordsOf(batch: Buffer, header: BatchHeader): RecordCursor {
  const records = decompress(batch.subarray(batchHeaderBytes), compressionOf(header));
  return new RecordCursor(records, header);
}
