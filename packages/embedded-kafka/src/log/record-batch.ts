// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
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
  readonly lastOffset: number;
  /** The whole batch, its header included. */
  readonly sizeBytes: number;
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1 for a producer that is not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Reads the header of the batch at the start of the bytes, of which there must be enough. */
export function readBatchHeader(bytes: Buffer): BatchHeader {
  const baseOffset = Number(bytes.readBigInt64BE(at.baseOffset));
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at.lastOffsetDelta),
    sizeBytes: bytes.readInt32BE(at.length) + uncounted,
    attributes: bytes.readInt16BE(at.attributes),
    baseTimestamp: Number(bytes.readBigInt64BE(at.baseTimestamp)),
    maxTimestamp: Number(bytes.readBigInt64BE(at.maxTimestamp)),
    producerId: Number(bytes.readBigInt64BE(at.producerId)),
    producerEpoch: bytes.readInt16BE(at.producerEpoch),
    baseSequence: bytes.readInt32BE(at.baseSequence),
    recordCount: bytes.readInt32BE(at.recordCount),
  };
}

/** Bits of a batch's attributes. */
export const attributeBits = {
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  compression: 0x07,
  transactional: 0x10,
  control: 0x20,
} as const;

/** Says whether the bytes are exactly one batch of format v2 whose checksum is right. */
export function isIntact(bytes: Buffer): boolean {
  return (
    bytes.length >= batchHeaderBytes &&
    bytes.readInt32BE(at.length) === bytes.length - uncounted &&
    bytes.readInt8(at.magic) === 2 &&
    bytes.readUInt32BE(at.crc) === crc32c(bytes.subarray(at.attributes))
  );
}

/**
 * Checks what a producer sent for one partition, as Kafka does: exactly one batch, intact, of
 * records numbered from 0 without a gap. Returns an error code, 0 when all is well.
 */
export function checkProduced(bytes: Buffer, maxBytes: number): number {
  if (bytes.length <= at.magic) return errorCodes.CORRUPT_MESSAGE;
  if (bytes.readInt8(at.magic) !== 2) return errorCodes.UNSUPPORTED_FOR_MESSAGE_FORMAT;
  const sizeBytes = bytes.readInt32BE(at.length) + uncounted;
  if (sizeBytes < batchHeaderBytes || sizeBytes > bytes.length) return errorCodes.CORRUPT_MESSAGE;
  // Since Produce version 3 a request has one batch for a partition, no more.
  if (sizeBytes < bytes.length) return errorCodes.INVALID_RECORD;
  if (sizeBytes > maxBytes) return errorCodes.MESSAGE_TOO_LARGE;
  if (!isIntact(bytes)) return errorCodes.CORRUPT_MESSAGE;
  const header = readBatchHeader(bytes);
  if (header.attributes & attributeBits.control) return errorCodes.INVALID_RECORD;
  if (header.attributes & attributeBits.transactional) return errorCodes.INVALID_TXN_STATE;
  const { recordCount, lastOffset, baseOffset } = header;
  if (recordCount < 1 || lastOffset - baseOffset !== recordCount - 1) {
    return errorCodes.INVALID_RECORD;
  }
  // No clock tells such a time, and a double cannot hold it.
  if (!Number.isSafeInteger(header.baseTimestamp) || !Number.isSafeInteger(header.maxTimestamp)) {
    return errorCodes.INVALID_TIMESTAMP;
  }
  return errorCodes.NONE;
}

/** Writes the offset of the first record into the batch. The checksum does not cover it. */
export function assignBaseOffset(bytes: Buffer, baseOffset: number, leaderEpoch: number): void {
  bytes.writeBigInt64BE(BigInt(baseOffset), at.baseOffset);
  bytes.writeInt32BE(leaderEpoch, at.leaderEpoch);
}
