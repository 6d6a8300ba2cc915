// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";
import { compressionOf } from "./batch-records.ts";
import { checkRecords } from "./check-records.ts";
import { isCompression } from "./compression/compression.ts";
import type { LogConfig } from "./log-config.ts";
import { type ProducedBatch, type Refusal, refuse, refuseMalformed } from "./produced-batch.ts";
import { attributeBits, type BatchHeader, isIntact, readBatchHeader } from "./record-batch.ts";

/** A size of fewer bytes than the oldest format had is none. */
const minSize = 14;
const sizePosition = 8;
const magicPosition = 16;
const maxMagic = 2;

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
  const batch = oneBatch(bytes);
  if (!Buffer.isBuffer(batch)) return batch;
  if (batch.readBigInt64BE() !== 0n) {
    return refuse(errorCodes.INVALID_RECORD, "The baseOffset of the record batch should be 0");
  }
  if (batch.length > config.maxMessageBytes) {
    const message = `The record batch size is ${batch.length} bytes which exceeds the maximum configured value of ${config.maxMessageBytes}`;
    return refuse(errorCodes.MESSAGE_TOO_LARGE, message);
  }
  if (!isIntact(batch)) return refuse(errorCodes.CORRUPT_MESSAGE, "Record is corrupt");
  const header = readBatchHeader(batch);
  const compression = compressionOf(header);
  if (!isCompression(compression)) {
    const message = `Unknown compression type id: ${compression}`;
    return refuse(errorCodes.UNKNOWN_SERVER_ERROR, message);
  }
  return checkHeader(header) ?? checkRecords(batch, header, config, now);
}

/** The batch of a request for one partition, or why there is not one, and no other. */
export function oneBatch(bytes: Buffer): Refusal | Buffer {
  const size = batchSize(bytes);
  if (typeof size !== "number") return size;
  const rest = size < bytes.length ? batchSize(bytes.subarray(size)) : undefined;
  // Since Produce version 3 a request has one batch for a partition, no more.
  if (typeof rest === "number") {
    return refuseMalformed(errorCodes.INVALID_RECORD, "More than one record batch for a partition");
  }
  if (rest?.errorCode === errorCodes.CORRUPT_MESSAGE) return rest;
  const batch = bytes.subarray(0, size);
  if (batch.readInt8(magicPosition) !== maxMagic) {
    const message = "A record batch has another magic version than 2";
    return refuseMalformed(errorCodes.INVALID_RECORD, message);
  }
  return batch;
}

/** Bytes of the first batch, or why there is none that is whole. */
function batchSize(bytes: Buffer): number | Refusal {
  const none = refuseMalformed(
    errorCodes.INVALID_RECORD,
    "There is no record batch for a partition",
  );
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
