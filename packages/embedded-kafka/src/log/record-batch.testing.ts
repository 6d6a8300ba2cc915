// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { crc32c } from "./crc32c.ts";

/** Options of {@link createBatch}. */
export interface TestBatchOptions {
  values: string[];
  /** Of the first record; each one after it is a millisecond later. */
  timestamp?: number;
  attributes?: number;
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
}

/** Makes a record batch v2, as a producer does. */
export function createBatch(options: TestBatchOptions): Buffer {
  const { values, timestamp = 1_000, attributes = 0, producerId = -1 } = options;
  const { producerEpoch = producerId < 0 ? -1 : 0, baseSequence = -1 } = options;
  const records = values.map((value, index) => {
    const content = Buffer.concat([
      Buffer.from([0]),
      varint(index), // Time since the first record.
      varint(index),
      varint(-1), // No key.
      varint(Buffer.byteLength(value)),
      Buffer.from(value),
      varint(0), // No headers.
    ]);
    return Buffer.concat([varint(content.length), content]);
  });
  const batch = Buffer.concat([Buffer.alloc(61), ...records]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(attributes, 21);
  batch.writeInt32BE(values.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestamp), 27);
  batch.writeBigInt64BE(BigInt(timestamp + values.length - 1), 35);
  batch.writeBigInt64BE(BigInt(producerId), 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(baseSequence, 53);
  batch.writeInt32BE(values.length, 57);
  return seal(batch);
}

/** Writes the checksum anew, after a change. */
export function seal(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
