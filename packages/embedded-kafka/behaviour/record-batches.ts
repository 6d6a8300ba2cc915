// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { crc32c } from "../src/log/crc32c.ts";

/** A record as text; null is the absence of a key or value. */
export interface TestRecord {
  key?: string | null;
  value?: string | null;
  headers?: readonly (readonly [name: string, value: string | null])[];
  /** Milliseconds since 1970. Default: the batch's. */
  timestamp?: number;
}

/** What a producer says of a batch of its records. */
export interface BatchOptions {
  /** Of its first record. Default: the present. */
  timestamp?: number;
  producerId?: bigint;
  producerEpoch?: number;
  baseSequence?: number;
  isTransactional?: boolean;
  isControl?: boolean;
  /** Lowest three bits of the attributes. Default: 0, none. */
  compression?: number;
  /** Applied to the records' bytes. */
  compress?: (records: Buffer) => Buffer;
}

/** Writes a record batch v2 (KIP-98), as a producer does. */
export function batchOf(records: readonly (TestRecord | string)[], options: BatchOptions = {}) {
  const { timestamp = Date.now(), compress = (bytes: Buffer) => bytes } = options;
  const { producerId = -1n, producerEpoch = -1, baseSequence = -1, compression = 0 } = options;
  const all = records.map((record) => (typeof record === "string" ? { value: record } : record));
  const timestamps = all.map((record) => record.timestamp ?? timestamp);
  const base = timestamps[0] ?? timestamp;
  const content = compress(Buffer.concat(all.map((record, at) => encodeRecord(record, at, base))));
  const header = Buffer.alloc(61);
  header.writeInt32BE(49 + content.length, 8);
  header.writeInt32BE(-1, 12);
  header.writeInt8(2, 16);
  const flags = (options.isTransactional ? 0x10 : 0) | (options.isControl ? 0x20 : 0);
  header.writeInt16BE(compression | flags, 21);
  header.writeInt32BE(all.length - 1, 23);
  header.writeBigInt64BE(BigInt(base), 27);
  header.writeBigInt64BE(BigInt(Math.max(base, ...timestamps)), 35);
  header.writeBigInt64BE(producerId, 43);
  header.writeInt16BE(producerEpoch, 51);
  header.writeInt32BE(baseSequence, 53);
  header.writeInt32BE(all.length, 57);
  return sealBatch(Buffer.concat([header, content]));
}

/** Writes the checksum anew, after a change. */
export function sealBatch(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

function encodeRecord(record: TestRecord, at: number, base: number): Buffer {
  const { key = null, value = null, headers = [], timestamp = base } = record;
  const content = Buffer.concat([
    Buffer.from([0]),
    varint(timestamp - base),
    varint(at),
    text(key),
    text(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [text(name), text(content)]),
  ]);
  return Buffer.concat([varint(content.length), content]);
}

function text(value: string | null): Buffer {
  if (value === null) return varint(-1);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A batch as it came from a broker. */
export interface ReadBatch {
  baseOffset: number;
  leaderEpoch: number;
  compression: number;
  hasLogAppendTime: boolean;
  isTransactional: boolean;
  isControl: boolean;
  maxTimestamp: number;
  producerId: bigint;
  producerEpoch: number;
  baseSequence: number;
  /** Of a compressed batch there are none: its bytes are `content`. */
  records: ReadRecord[];
  content: Buffer;
}

export interface ReadRecord {
  offset: number;
  timestamp: number;
  key: string | null;
  value: string | null;
  headers: [name: string, value: string | null][];
}

/** Reads batches; one that is cut off at the end is left out, as clients do. */
export function readBatches(bytes: Buffer): ReadBatch[] {
  const batches: ReadBatch[] = [];
  for (let at = 0; at + 61 <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    batches.push(readBatch(bytes.subarray(at, end)));
    at = end;
  }
  return batches;
}

function readBatch(bytes: Buffer): ReadBatch {
  if (bytes.readUInt32BE(17) !== crc32c(bytes.subarray(21))) {
    throw new Error(`The batch at offset ${bytes.readBigInt64BE(0)} has a wrong checksum`);
  }
  const attributes = bytes.readInt16BE(21);
  const batch: ReadBatch = {
    baseOffset: Number(bytes.readBigInt64BE(0)),
    leaderEpoch: bytes.readInt32BE(12),
    compression: attributes & 7,
    hasLogAppendTime: (attributes & 8) !== 0,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
    maxTimestamp: Number(bytes.readBigInt64BE(35)),
    producerId: bytes.readBigInt64BE(43),
    producerEpoch: bytes.readInt16BE(51),
    baseSequence: bytes.readInt32BE(53),
    records: [],
    content: bytes.subarray(61),
  };
  if (batch.compression === 0) batch.records = readRecords(bytes, batch);
  return batch;
}

function readRecords(bytes: Buffer, batch: ReadBatch): ReadRecord[] {
  const cursor = { at: 61 };
  const base = Number(bytes.readBigInt64BE(27));
  return Array.from({ length: bytes.readInt32BE(57) }, () => {
    const size = readVarint(bytes, cursor);
    const end = cursor.at + size;
    cursor.at += 1;
    const timestamp = base + readVarint(bytes, cursor);
    const offset = batch.baseOffset + readVarint(bytes, cursor);
    const key = readText(bytes, cursor);
    const value = readText(bytes, cursor);
    const headers = Array.from({ length: readVarint(bytes, cursor) }, () => {
      return [readText(bytes, cursor), readText(bytes, cursor)] as [string, string | null];
    });
    if (cursor.at !== end) throw new Error(`The record at offset ${offset} has a wrong length`);
    return {
      offset,
      timestamp: batch.hasLogAppendTime ? batch.maxTimestamp : timestamp,
      key,
      value,
      headers,
    };
  });
}

function readText(bytes: Buffer, cursor: { at: number }): string | null {
  const length = readVarint(bytes, cursor);
  if (length < 0) return null;
  cursor.at += length;
  return bytes.toString("utf8", cursor.at - length, cursor.at);
}

function readVarint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes.readUInt8(cursor.at++);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
  }
}
