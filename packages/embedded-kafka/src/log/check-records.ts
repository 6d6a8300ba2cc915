// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { compressionOf } from "./batch-records.ts";
import { compressionNumber, decompress } from "./compression/compression.ts";
import type { LogConfig } from "./log-config.ts";
import { type ProducedBatch, type RecordError, type Refusal, refuse } from "./produced-batch.ts";
import { attributeBits, type BatchHeader, batchHeaderBytes, setTimes } from "./record-batch.ts";
import { RecordCursor } from "./record-cursor.ts";
import { repack } from "./rewrite-batch.ts";

/** The time of a record that has none. */
const noTimestamp = -1;

/**
 * Checks the records of a batch whose header is fine, and makes of it what the topic's configs ask
 * for. Compressed records are looked at only where it matters.
 */
export function checkRecords(
  batch: Buffer,
  header: BatchHeader,
  config: LogConfig,
  now: number,
): Refusal | ProducedBatch {
  const source = compressionOf(header);
  const { compressionType, isLogAppendTime } = config;
  const target = compressionType === "producer" ? source : compressionNumber(compressionType);
  let { maxTimestamp } = header;
  let records: Buffer | undefined;
  if (source !== target || mustLook(header, config, now)) {
    try {
      records = decompress(batch.subarray(batchHeaderBytes), source);
      const found = lookAt(records, header, config, now);
      if (found.refusal) return found.refusal;
      maxTimestamp = found.maxTimestamp;
    } catch (error) {
      return refuse(errorCodes.INVALID_RECORD, messageOf(error));
    }
  }
  const withoutType = header.attributes & ~attributeBits.logAppendTime;
  const attributes = isLogAppendTime ? withoutType | attributeBits.logAppendTime : withoutType;
  const changed = { ...header, attributes, maxTimestamp: isLogAppendTime ? now : maxTimestamp };
  if (records && source !== target) return pack(records, changed, target, config);
  if (attributes !== header.attributes || changed.maxTimestamp !== header.maxTimestamp) {
    setTimes(batch, attributes, changed.maxTimestamp);
  }
  return { isFine: true, bytes: batch, header: changed };
}

function mustLook(header: BatchHeader, config: LogConfig, now: number): boolean {
  return (
    compressionOf(header) === 0 ||
    config.isCompacted ||
    config.timestampBeforeMaxMs !== Infinity ||
    hasWrongType(header, config) ||
    // The header tells the largest time, which is the one that may be too far ahead.
    isOutOfRange(header.maxTimestamp, config, now)
  );
}

/** Goes through all records: their largest time, or why they are refused. */
function lookAt(
  records: Buffer,
  header: BatchHeader,
  config: LogConfig,
  now: number,
): { readonly maxTimestamp: number; readonly refusal?: Refusal } {
  const cursor = new RecordCursor(records, header);
  const isWrongType = hasWrongType(header, config);
  const errors: RecordError[] = [];
  let maxTimestamp = noTimestamp;
  let isTime = false;
  for (let batchIndex = 0; cursor.next(); batchIndex++) {
    const { timestamp } = cursor;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    if (config.isCompacted && cursor.keyLength < 0) {
      errors.push({ batchIndex, message: "Compacted topic cannot accept message without key" });
    } else if (isWrongType || isOutOfRange(timestamp, config, now)) {
      isTime = true;
      errors.push({ batchIndex, message: timestampMessage(timestamp, batchIndex, config, now) });
    }
  }
  if (errors.length === 0) return { maxTimestamp };
  const reason = isTime ? "invalid timestamp" : `${errors.length} record errors in total`;
  const errorCode = isTime ? errorCodes.INVALID_TIMESTAMP : errorCodes.INVALID_RECORD;
  const errorMessage = `One or more records have been rejected due to ${reason}`;
  const refusal = { ...refuse(errorCode, errorMessage), recordErrors: errors };
  return { maxTimestamp, refusal };
}

function pack(
  records: Buffer,
  header: BatchHeader,
  compression: number,
  { maxMessageBytes }: LogConfig,
): Refusal | ProducedBatch {
  let packed: { readonly bytes: Buffer; readonly header: BatchHeader };
  try {
    packed = repack(records, header, compression);
  } catch (error) {
    return refuse(errorCodes.UNSUPPORTED_COMPRESSION_TYPE, messageOf(error));
  }
  const { length } = packed.bytes;
  if (length <= maxMessageBytes) return { isFine: true, ...packed };
  const message = `Message batch size is ${length} bytes which exceeds the maximum configured size of ${maxMessageBytes}`;
  return refuse(errorCodes.MESSAGE_TOO_LARGE, message);
}

/** Only the broker says that a time is that of the append. */
function hasWrongType({ attributes }: BatchHeader, { isLogAppendTime }: LogConfig): boolean {
  return isLogAppendTime && (attributes & attributeBits.logAppendTime) !== 0;
}

function isOutOfRange(timestamp: number, config: LogConfig, now: number): boolean {
  if (config.isLogAppendTime || timestamp === noTimestamp) return false;
  return (
    now - timestamp > config.timestampBeforeMaxMs || timestamp - now > config.timestampAfterMaxMs
  );
}

function timestampMessage(
  timestamp: number,
  index: number,
  config: LogConfig,
  now: number,
): string {
  if (config.isLogAppendTime) return "Producer should not set timestamp type to LogAppendTime";
  const from = asLong(BigInt(Math.trunc(now)) - longOf(config.timestampBeforeMaxMs));
  const to = asLong(BigInt(Math.trunc(now)) + longOf(config.timestampAfterMaxMs));
  return `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be within [${from}, ${to}]`;
}

// Kafka's messages are of numbers of 64 bits, of which the largest stands for no limit.
const asLong = (value: bigint) => BigInt.asIntN(64, value);
const longOf = (ms: number) => (ms === Infinity ? 2n ** 63n - 1n : BigInt(ms));

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
