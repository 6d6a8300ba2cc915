// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { MemoryLogFolder } from "./memory-log-folder.ts";
import { PartitionLog } from "./partition-log.ts";
import { createBatch, seal } from "./record-batch.testing.ts";
import { batchHeaderBytes, readBatchHeader } from "./record-batch.ts";

const limit = 1_000_000;
const name = `${"0".repeat(20)}.log`;

function fill(log: PartitionLog, batches: string[][]): void {
  for (const [at, values] of batches.entries()) {
    log.append(createBatch({ values, timestamp: 1_000 * (at + 1) }), limit);
  }
}

/** Base offsets of the batches from an offset on. */
function offsets(log: PartitionLog, from: number, maxBytes: number, atLeastOne = false): number[] {
  let bytes = log.read(log.locate(from, maxBytes, atLeastOne));
  const found: number[] = [];
  while (bytes.length > 0) {
    const { baseOffset, sizeBytes } = readBatchHeader(bytes);
    found.push(baseOffset);
    bytes = bytes.subarray(sizeBytes);
  }
  return found;
}

test("PartitionLog gives the bytes that came with offsets assigned when read", () => {
  const log = new PartitionLog(new MemoryLogFolder());
  const first = createBatch({ values: ["a", "b"] });
  const second = createBatch({ values: ["c"] });
  const expected = [Buffer.from(first), Buffer.from(second)];
  const results = [log.append(first, limit), log.append(second, limit)];
  expected[0]?.writeInt32BE(0, 12); // The leader epoch,
  expected[1]?.writeInt32BE(0, 12);
  expected[1]?.writeBigInt64BE(2n, 0); // and the base offset: nothing else changes.
  expect({ results, end: log.endOffset, bytes: log.read(log.locate(0, limit, true)) }).toEqual({
    results: [
      { errorCode: 0, baseOffset: 0 },
      { errorCode: 0, baseOffset: 2 },
    ],
    end: 3,
    bytes: Buffer.concat(expected),
  });
});

test("PartitionLog.locate() gives whole batches within the limit when asked from any offset", () => {
  const log = new PartitionLog(new MemoryLogFolder());
  fill(log, [["a", "b"], ["c"], ["d", "e", "f"]]);
  const first = log.locate(0, limit, true).length - log.locate(2, limit, true).length;
  expect({
    all: offsets(log, 0, limit),
    withinBatch: offsets(log, 1, limit),
    last: offsets(log, 5, limit),
    end: offsets(log, 6, limit),
    exactlyOne: offsets(log, 0, first),
    tooSmall: offsets(log, 0, first - 1),
    tooSmallButOne: offsets(log, 0, first - 1, true),
    nothingButOne: offsets(log, 4, 0, true),
  }).toEqual({
    all: [0, 2, 3],
    withinBatch: [0, 2, 3],
    last: [3],
    end: [],
    exactlyOne: [0],
    tooSmall: [],
    tooSmallButOne: [0],
    nothingButOne: [3],
  });
});

test("PartitionLog reads right when batches lie across blocks of memory", () => {
  const log = new PartitionLog(new MemoryLogFolder());
  const value = "x".repeat(50_000);
  const batches = Array.from({ length: 20 }, (_, at) => [`${at}`, value]);
  fill(log, batches);
  const found = batches.map((_, at) => offsets(log, 2 * at, 60_000, true));
  expect(found).toEqual(batches.map((_, at) => [2 * at]));
});

test("PartitionLog.append() refuses what Kafka refuses when the batch is not well made", () => {
  const log = new PartitionLog(new MemoryLogFolder());
  const change = (edit: (batch: Buffer) => void) => {
    const batch = createBatch({ values: ["a", "b"] });
    edit(batch);
    return log.append(batch, limit).errorCode;
  };
  expect({
    empty: log.append(Buffer.alloc(0), limit).errorCode,
    short: log.append(createBatch({ values: ["a"] }).subarray(0, 40), limit).errorCode,
    two: log.append(Buffer.concat([createBatch({ values: ["a"] }), Buffer.alloc(100)]), limit)
      .errorCode,
    large: log.append(createBatch({ values: ["a".repeat(100)] }), 100).errorCode,
    flipped: change((batch) => batch.writeUInt8(0x55, batch.length - 1)),
    magic: change((batch) => batch.writeInt8(1, 16)),
    count: change((batch) => seal(batch).writeInt32BE(3, 57) && seal(batch)),
    control: change((batch) => batch.writeInt16BE(0x20, 21) && seal(batch)),
    transactional: change((batch) => batch.writeInt16BE(0x10, 21) && seal(batch)),
    end: log.endOffset,
  }).toEqual({
    empty: errorCodes.CORRUPT_MESSAGE,
    short: errorCodes.CORRUPT_MESSAGE,
    two: errorCodes.INVALID_RECORD,
    large: errorCodes.MESSAGE_TOO_LARGE,
    flipped: errorCodes.CORRUPT_MESSAGE,
    magic: errorCodes.UNSUPPORTED_FOR_MESSAGE_FORMAT,
    count: errorCodes.INVALID_RECORD,
    control: errorCodes.INVALID_RECORD,
    transactional: errorCodes.INVALID_TXN_STATE,
    end: 0,
  });
});

test("PartitionLog finds the first record at or after a time when batches are plain or gzip", () => {
  const log = new PartitionLog(new MemoryLogFolder());
  log.append(createBatch({ values: ["a", "b", "c"], timestamp: 100 }), limit);
  const plain = createBatch({ values: ["d", "e", "f"], timestamp: 200, attributes: 1 });
  const packed = Buffer.concat([
    plain.subarray(0, batchHeaderBytes),
    gzipSync(plain.subarray(batchHeaderBytes)),
  ]);
  packed.writeInt32BE(packed.length - 12, 8);
  log.append(seal(packed), limit);
  const snappy = createBatch({ values: ["g", "h"], timestamp: 300, attributes: 2 });
  log.append(snappy, limit);
  expect([0, 100, 101, 102, 103, 201, 202, 301, 302].map((t) => log.findByTimestamp(t))).toEqual([
    { offset: 0, timestamp: 100 },
    { offset: 0, timestamp: 100 },
    { offset: 1, timestamp: 101 },
    { offset: 2, timestamp: 102 },
    { offset: 3, timestamp: 200 },
    { offset: 4, timestamp: 201 },
    { offset: 5, timestamp: 202 },
    { offset: 6, timestamp: 300 }, // Snappy cannot be looked into: the batch's first.
    undefined,
  ]);
});

test("PartitionLog cuts a torn tail, and nothing else, when opened at every length of it", () => {
  const folder = new MemoryLogFolder();
  const whole = folder.open(name);
  const log = new PartitionLog(folder);
  fill(log, [["a", "b"], ["c"], ["d", "e"]]);
  const bytes = whole.read(0, whole.size);
  const ends = [0, log.locate(2, limit, true).position, log.locate(3, limit, true).position];
  const wrong: unknown[] = [];
  for (let length = 0; length < bytes.length; length++) {
    const cutFolder = new MemoryLogFolder();
    const file = cutFolder.open(name);
    file.append(bytes.subarray(0, length));
    const cuts: unknown[] = [];
    const opened = new PartitionLog(cutFolder, (cut) => cuts.push(cut));
    const expected = ends.findLastIndex((end) => end <= length);
    const end = ends[expected] as number;
    const expectedCuts = end === length ? [] : [{ fromByte: end, bytes: length - end }];
    const isRight =
      opened.endOffset === [0, 2, 3][expected] &&
      file.size === end &&
      JSON.stringify(cuts) === JSON.stringify(expectedCuts);
    if (!isRight) wrong.push({ length, end: opened.endOffset, size: file.size, cuts });
  }
  expect(wrong).toEqual([]);
});

test("PartitionLog goes on where it was when opened again", () => {
  const file = new MemoryLogFolder();
  const log = new PartitionLog(file);
  log.append(createBatch({ values: ["a", "b"], producerId: 7, baseSequence: 0 }), limit);
  const again = new PartitionLog(file);
  const duplicate = createBatch({ values: ["a", "b"], producerId: 7, baseSequence: 0 });
  const gap = createBatch({ values: ["c"], producerId: 7, baseSequence: 3 });
  const next = createBatch({ values: ["c"], producerId: 7, baseSequence: 2 });
  const results = [duplicate, gap, next].map((batch) => again.append(batch, limit));
  expect(results).toEqual([
    { errorCode: 0, baseOffset: 0 },
    { errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 },
    { errorCode: 0, baseOffset: 2 },
  ]);
});

test("PartitionLog.append() refuses times that a number cannot hold", () => {
  const log = new PartitionLog(new MemoryLogFolder());
  const results = [27, 35].map((at) => {
    const batch = createBatch({ values: ["a"] });
    batch.writeBigInt64BE(2n ** 63n - 1n, at);
    return log.append(seal(batch), limit).errorCode;
  });
  expect(results).toEqual([errorCodes.INVALID_TIMESTAMP, errorCodes.INVALID_TIMESTAMP]);
});

test.each([
  ["a number that never ends", Buffer.concat([Buffer.from([2, 0]), Buffer.alloc(900_000, 0xff)])],
  ["an offset outside of its batch", Buffer.from([6, 0, 0xd0, 0x0f, 20])],
])("PartitionLog.findByTimestamp() gives the first record when one has %s", (_, records) => {
  const log = new PartitionLog(new MemoryLogFolder());
  const batch = Buffer.concat([createBatch({ values: ["a"] }).subarray(0, 61), records]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeBigInt64BE(2_000n, 35);
  log.append(seal(batch), limit);
  expect(log.findByTimestamp(1_500)).toEqual({ offset: 0, timestamp: 1_000 });
});
