// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { compress } from "./compression/compression.ts";
import { crc32c } from "./crc32c.ts";
import { batchHeaderBytes, writeBatchHeader } from "./record-batch.ts";
import { writeVarint } from "./rewrite-batch.ts";

/** A record of {@link createBatch}; null for no key or no value. */
export interface TestRecord {
  key?: string | null;
  value: string | null;
  /** Default: a millisecond after the one before. */
  timestamp?: number;
}

/** Options of {@link createBatch}. */
export interface TestBatchOptions {
  /** Strings are values without a key. */
  values: (string | TestRecord)[];
  /** Of the first record; each one after it is a millisecond later. */
  timestamp?: number;
  /** The records are compressed as they say. */
  attributes?: number;
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
}

/** Makes a record batch v2, as a producer does. */
export function createBatch(options: TestBatchOptions): Buffer {
  const { values, timestamp = 1_000, attributes = 0, producerId = -1 } = options;
  const { producerEpoch = producerId < 0 ? -1 : 0, baseSequence = -1 } = options;
  const records = values.map((each) => (typeof each === "string" ? { value: each } : each));
  const times = records.map((record, index) => record.timestamp ?? timestamp + index);
  const baseTimestamp = times[0] ?? timestamp;
  const encoded = records.map(({ key = null, value }, index) => {
    const content = Buffer.concat([
      Buffer.from([0]),
      varint((times[index] as number) - baseTimestamp),
      varint(index),
      bytesOf(key),
      bytesOf(value),
      varint(0), // No headers.
    ]);
    return Buffer.concat([varint(content.length), content]);
  });
  const packed = compress(Buffer.concat(encoded), attributes & 7);
  const batch = Buffer.concat([Buffer.alloc(batchHeaderBytes), packed]);
  writeBatchHeader(batch, {
    baseOffset: 0,
    lastOffset: values.length - 1,
    leaderEpoch: -1,
    attributes,
    baseTimestamp,
    maxTimestamp: Math.max(...times),
    producerId,
    producerEpoch,
    baseSequence,
    recordCount: values.length,
  });
  return batch;
}

/** Writes the checksum anew, after a change. */
export function seal(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function bytesOf(text: string | null): Buffer {
  if (text === null) return varint(-1);
  return Buffer.concat([varint(Buffer.byteLength(text)), Buffer.from(text)]);
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(10);
  return bytes.subarray(0, writeVarint(bytes, value, 0));
}
