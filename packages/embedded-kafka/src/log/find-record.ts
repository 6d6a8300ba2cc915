// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The whole module: runtimes whose node:zlib lacks zstd could not even load a name of it.
import * as zlib from "node:zlib";
import { attributeBits, batchHeaderBytes, readBatchHeader } from "./record-batch.ts";

/** A record's offset, and its time in milliseconds since 1970. */
export interface OffsetAndTime {
  readonly offset: number;
  readonly timestamp: number;
}

const maxRecordsBytes = 256 * 1024 * 1024;
/** A varint of 64 bits in groups of seven takes no more. */
const maxVarintBytes = 10;

/**
 * The first record of a batch at or after a time, given that there is one. Node cannot unpack
 * Snappy and LZ4: of such a batch it is the first record, which is never too late.
 */
export function findRecord(batch: Buffer, timestamp: number): OffsetAndTime {
  const header = readBatchHeader(batch);
  const { baseOffset, lastOffset, baseTimestamp } = header;
  const first = { offset: baseOffset, timestamp: baseTimestamp };
  if (baseTimestamp >= timestamp) return first;
  const records = unpack(batch.subarray(batchHeaderBytes), header.attributes);
  if (!records) return first;
  try {
    const found = scan(records, header.recordCount, timestamp, first) ?? first;
    const isOfBatch = found.offset >= baseOffset && found.offset <= lastOffset;
    return isOfBatch && Number.isSafeInteger(found.timestamp) ? found : first;
  } catch {
    // Records are not checked when they are produced. A position before the one asked for is safe.
    return first;
  }
}

function scan(records: Buffer, count: number, timestamp: number, first: OffsetAndTime) {
  let position = 0;
  const varint = (): number => {
    let value = 0n;
    for (let at = 0; at < maxVarintBytes; at++) {
      const byte = records.readUInt8(position++);
      value |= BigInt(byte & 0x7f) << BigInt(7 * at);
      // Zigzag: signed numbers near zero stay short.
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw new RangeError("A varint is longer than ten bytes");
  };
  for (let index = 0; index < count; index++) {
    const length = varint();
    const end = position + length;
    position += 1; // Attributes, of which records have none yet.
    const time = first.timestamp + varint();
    const offset = first.offset + varint();
    if (time >= timestamp) return { offset, timestamp: time };
    position = end;
  }
  return undefined;
}

function unpack(records: Buffer, attributes: number): Buffer | undefined {
  const limit = { maxOutputLength: maxRecordsBytes };
  try {
    switch (attributes & attributeBits.compression) {
      case 0:
        return records;
      case 1:
        return zlib.gunzipSync(records, limit);
      case 4:
        return zlib.zstdDecompressSync?.(records, limit);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
