// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { compressionNumber, decompress, isCompression } from "./compression/compression.ts";
import type { LogConfig } from "./log-config.ts";
import {
  attributeBits,
  type BatchHeader,
  batchHeaderBytes,
  isIntact,
  readBatchHeader,
  setTimes,
} from "./record-batch.ts";
import { RecordCursor } from "./record-cursor.ts";
import { recompress } from "./rewrite-batch.ts";

/** A record for which a batch is refused (KIP-467). */
export interface RecordError {
  /** Its place in the batch, from 0. */
  readonly batchIndex: number;
  readonly message: string;
}

/** Why a batch is refused. */
export interface Refusal {
  readonly isFine: false;
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly recordErrors?: readonly RecordError[];
}

/** A batch that may be appended. */
export interface ProducedBatch {
  readonly isFine: true;
  /** Those that came, or others where the topic's configs ask for a change. */
  readonly bytes: Buffer;
  readonly header: BatchHeader;
}

const noTimestamp = -1;
/** A size of fewer bytes than the oldest format had is none. */
const minSize = 14;
const sizePosition = 8;
const magicPosition = 16;
const maxMagic = 2;

const refuse = (errorCode: number, errorMessage: string): Refusal => {
  return { isFine: false, errorCode, errorMessage };
};

/**
 * Checks what a producer sent for one partition, in Kafka's order and with its answers: one batch,
 * intact, of records numbered from 0 without a gap, at times and with keys as the configs have it.
 * Records that are compressed are only looked at where the configs ask for it.
 */
export function checkProduced(
  bytes: Buffer,
  config: LogConfig,
  now: number,
): Refusal | ProducedBatch {
  const size = batchSize(bytes);
  if (typeof size !== "number") return size;
  const rest = size < bytes.length ? batchSize(bytes.subarray(size)) : undefined;
  // Since Produce version 3 a request has one batch for a partition, no more.
  if (typeof rest === "number") {
    return refuse(errorCodes.INVALID_RECORD, "More than one record batch for a partition");
  }
  if (rest?.errorCode === errorCodes.CORRUPT_MESSAGE) return rest;
  const batch = bytes.subarray(0, size);
  if (batch.readInt8(magicPosition) !== maxMagic) {
    return refuse(errorCodes.INVALID_RECORD, "A record batch has another magic version than 2");
  }
  if (batch.readBigInt64BE() !== 0n) {
    return refuse(errorCodes.INVALID_RECORD, "The baseOffset of the record batch should be 0");
  }
  if (size > config.maxMessageBytes) {
    const message = `The record batch size is ${size} bytes which exceeds the maximum configured value of ${config.maxMessageBytes}`;
    return refuse(errorCodes.MESSAGE_TOO_LARGE, message);
  }
  if (!isIntact(batch)) return refuse(errorCodes.CORRUPT_MESSAGE, "Record is corrupt");
  const header = readBatchHeader(batch);
  const compression = header.attributes & attributeBits.compression;
  if (!isCompression(compression)) {
    const message = `Unknown compression type id: ${compression}`;
    return refuse(errorCodes.UNKNOWN_SERVER_ERROR, message);
  }
  return checkHeader(header) ?? checkRecords(batch, header, config, now);
}

/** Bytes of the first batch, or why there is none that is whole. */
function batchSize(bytes: Buffer): number | Refusal {
  const none = refuse(errorCodes.INVALID_RECORD, "There is no record batch for a partition");
  if (bytes.length < 12) return none;
  const size = bytes.readInt32BE(sizePosition) + 12;
  if (size < 12 + minSize) return refuse(errorCodes.CORRUPT_MESSAGE, `Record size ${size - 12}`);
  if (bytes.length <= magicPosition) return none;
  const magic = bytes.readInt8(magicPosition);
  if (magic < 0 || magic > maxMagic) {
    return refuse(errorCodes.CORRUPT_MESSAGE, `Invalid magic found in record: ${magic}`);
  }
  return size > bytes.length ? none : size;
}

function checkHeader(header: BatchHeader): Refusal | undefined {
  const { recordCount, lastOffset, baseOffset, attributes } = header;
  if (lastOffset < baseOffset || recordCount < 1 || lastOffset - baseOffset !== recordCount - 1) {
    const message = `Inconsistent batch offset range [${baseOffset}, ${lastOffset}] and count of records ${recordCount}`;
    return refuse(errorCodes.INVALID_RECORD, message);
  }
  if (attributes & attributeBits.control) {
    return refuse(errorCodes.INVALID_RECORD, "Clients are not allowed to write control records");
  }
  if (header.producerId >= 0 && header.baseSequence < 0) {
    const message = `Invalid sequence number ${header.baseSequence} in record batch with producerId ${header.producerId}`;
    return refuse(errorCodes.INVALID_RECORD, message);
  }
  // No clock tells such a time, and a double cannot hold it.
  if (!Number.isSafeInteger(header.baseTimestamp) || !Number.isSafeInteger(header.maxTimestamp)) {
    return refuse(errorCodes.INVALID_TIMESTAMP, "A time is not one that a clock can tell");
  }
  return undefined;
}

function checkRecords(
  batch: Buffer,
  header: BatchHeader,
  config: LogConfig,
  now: number,
): Refusal | ProducedBatch {
  const source = header.attributes & attributeBits.compression;
  const { compressionType } = config;
  const target = compressionType === "producer" ? source : compressionNumber(compressionType);
  let maxTimestamp = header.maxTimestamp;
  const isOutOfRange = (timestamp: number) =>
    now - timestamp > config.timestampBeforeMaxMs || timestamp - now > config.timestampAfterMaxMs;
  const isOld = config.timestampBeforeMaxMs !== Infinity;
  // Of compressed records the header tells the largest time, which is the one to be checked then.
  const isLookedAt =
    source === 0 || config.isCompacted || isOld || target !== source || isOutOfRange(maxTimestamp);
  let records: Buffer | undefined;
  if (isLookedAt) {
    const errors: RecordError[] = [];
    let errorCode: number = errorCodes.INVALID_RECORD;
    const isWrongType = config.isLogAppendTime && header.attributes & attributeBits.logAppendTime;
    try {
      records = decompress(batch.subarray(batchHeaderBytes), source);
      const cursor = new RecordCursor(records, header);
      maxTimestamp = noTimestamp;
      for (let batchIndex = 0; cursor.next(); batchIndex++) {
        const { timestamp } = cursor;
        if (config.isCompacted && cursor.keyLength < 0) {
          const message = "Compacted topic cannot accept message without key";
          errors.push({ batchIndex, message });
        } else if (
          isWrongType ||
          (!config.isLogAppendTime && timestamp !== noTimestamp && isOutOfRange(timestamp))
        ) {
          errorCode = errorCodes.INVALID_TIMESTAMP;
          errors.push({ batchIndex, message: timestampMessage(timestamp, config, now) });
        }
        if (timestamp > maxTimestamp) maxTimestamp = timestamp;
      }
    } catch (error) {
      return refuse(
        errorCodes.INVALID_RECORD,
        String(error instanceof Error ? error.message : error),
      );
    }
    if (errors.length > 0) {
      const isTime = errorCode === errorCodes.INVALID_TIMESTAMP;
      const reason = isTime ? "invalid timestamp" : `${errors.length} record errors in total`;
      const errorMessage = `One or more records have been rejected due to ${reason}`;
      return { isFine: false, errorCode, errorMessage, recordErrors: errors };
    }
  }
  const withoutType = header.attributes & ~attributeBits.logAppendTime;
  const attributes = config.isLogAppendTime
    ? withoutType | attributeBits.logAppendTime
    : withoutType;
  if (config.isLogAppendTime) maxTimestamp = now;
  if (records && target !== source) {
    const changed = { ...header, attributes, maxTimestamp };
    const bytes = recompress(records, changed, target);
    if (bytes.length > config.maxMessageBytes) {
      const message = `Message batch size is ${bytes.length} bytes which exceeds the maximum configured size of ${config.maxMessageBytes}`;
      return refuse(errorCodes.MESSAGE_TOO_LARGE, message);
    }
    return { isFine: true, bytes, header: readBatchHeader(bytes) };
  }
  if (attributes === header.attributes && maxTimestamp === header.maxTimestamp) {
    return { isFine: true, bytes: batch, header };
  }
  setTimes(batch, attributes, maxTimestamp);
  return { isFine: true, bytes: batch, header: { ...header, attributes, maxTimestamp } };
}

function timestampMessage(timestamp: number, config: LogConfig, now: number): string {
  if (config.isLogAppendTime) return "Producer should not set timestamp type to LogAppendTime";
  const from = now - config.timestampBeforeMaxMs;
  const to = now + config.timestampAfterMaxMs;
  return `Timestamp ${timestamp} is out of range. The timestamp should be within [${from}, ${to}]`;
}
