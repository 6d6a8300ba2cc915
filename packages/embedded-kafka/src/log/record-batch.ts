// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { crc32c } from "./crc32c.ts";

// Layout of a record batch, message format v2 (KIP-98):
// https://kafka.apache.org/documentation/#recordbatch
const at = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const;

/** Bytes before the first record. */
export const batchHeaderBytes = 61;
/** Bytes of a batch that its length field does not count: the base offset and the field itself. */
const uncounted = 12;

/** What stands before the records of a batch. Times are in milliseconds since 1970. */
export interface BatchHeader {
  readonly baseOffset: number;
  /** Of the last record that it had when it was produced, whether compaction kept that one or not. */
  readonly lastOffset: number;
  /** The whole batch, its header included. */
  readonly sizeBytes: number;
  /** Of the leader that appended it. */
  readonly leaderEpoch: number;
  readonly attributes: number;
  /** What the records' times count from. With {@link attributeBits.deleteHorizon} it is that. */
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1 for a producer that is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Bits of a batch's attributes. */
export const attributeBits = {
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  compression: 0x07,
  /** The time of all records is the batch's maxTimestamp (KIP-32). */
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  /** From when on compaction may drop its tombstones or marker (KIP-534). */
  deleteHorizon: 0x40,
} as const;

/** Reads the header of the batch at the start of the bytes, of which there must be enough. */
export function readBatchHeader(bytes: Buffer, from = 0): BatchHeader {
  const baseOffset = readInt64(bytes, from + at.baseOffset);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(from + at.lastOffsetDelta),
    sizeBytes: bytes.readInt32BE(from + at.length) + uncounted,
    leaderEpoch: bytes.readInt32BE(from + at.leaderEpoch),
    attributes: bytes.readInt16BE(from + at.attributes),
    baseTimestamp: readInt64(bytes, from + at.baseTimestamp),
    maxTimestamp: readInt64(bytes, from + at.maxTimestamp),
    producerId: readInt64(bytes, from + at.producerId),
    producerEpoch: bytes.readInt16BE(from + at.producerEpoch),
    baseSequence: bytes.readInt32BE(from + at.baseSequence),
    recordCount: bytes.readInt32BE(from + at.recordCount),
  };
}

/** Writes everything before the records, the checksum over header and records last. */
export function writeBatchHeader(bytes: Buffer, header: Omit<BatchHeader, "sizeBytes">): void {
  writeInt64(bytes, header.baseOffset, at.baseOffset);
  bytes.writeInt32BE(bytes.length - uncounted, at.length);
  bytes.writeInt32BE(header.leaderEpoch, at.leaderEpoch);
  bytes.writeInt8(2, at.magic);
  bytes.writeInt16BE(header.attributes, at.attributes);
  bytes.writeInt32BE(header.lastOffset - header.baseOffset, at.lastOffsetDelta);
  writeInt64(bytes, header.baseTimestamp, at.baseTimestamp);
  writeInt64(bytes, header.maxTimestamp, at.maxTimestamp);
  writeInt64(bytes, header.producerId, at.producerId);
  bytes.writeInt16BE(header.producerEpoch, at.producerEpoch);
  bytes.writeInt32BE(header.baseSequence, at.baseSequence);
  bytes.writeInt32BE(header.recordCount, at.recordCount);
  writeChecksum(bytes);
}

/** Says whether the bytes are exactly one batch of format v2 whose checksum is right. */
export function isIntact(bytes: Buffer): boolean {
  return (
    bytes.length >= batchHeaderBytes &&
    bytes.readInt32BE(at.length) === bytes.length - uncounted &&
    bytes.readInt8(at.magic) === 2 &&
    bytes.readUInt32BE(at.crc) === crc32c(bytes.subarray(at.attributes))
  );
}

/** Writes what the log decides into a batch. The checksum does not cover it. */
export function assignOffset(bytes: Buffer, baseOffset: number, leaderEpoch: number): void {
  writeInt64(bytes, baseOffset, at.baseOffset);
  bytes.writeInt32BE(leaderEpoch, at.leaderEpoch);
}

/** Changes the attributes and the largest time of a batch, and its checksum. */
export function setTimes(bytes: Buffer, attributes: number, maxTimestamp: number): void {
  bytes.writeInt16BE(attributes, at.attributes);
  writeInt64(bytes, maxTimestamp, at.maxTimestamp);
  writeChecksum(bytes);
}

function writeChecksum(bytes: Buffer): void {
  bytes.writeUInt32BE(crc32c(bytes.subarray(at.attributes)), at.crc);
}

/** What a double cannot hold exactly comes out as no safe integer. */
function readInt64(bytes: Buffer, from: number): number {
  return bytes.readInt32BE(from) * 0x1_0000_0000 + bytes.readUInt32BE(from + 4);
}

function writeInt64(bytes: Buffer, value: number, from: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  bytes.writeInt32BE(high, from);
  bytes.writeUInt32BE(value - high * 0x1_0000_0000, from + 4);
}
