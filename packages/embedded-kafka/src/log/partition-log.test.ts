// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { MemoryLogFolder } from "./memory-log-folder.ts";
import { openTestLog, readAll, type TestLog } from "./partition-log.testing.ts";
import type { PartitionLog } from "./partition-log.ts";
import { createBatch, seal } from "./record-batch.testing.ts";
import { attributeBits, readBatchHeader } from "./record-batch.ts";
import { segmentName } from "./segment.ts";

const limit = 1_000_000;
const transactional = attributeBits.transactional;

function fill(test: TestLog, batches: string[][]): void {
  for (const [at, values] of batches.entries()) test.add({ values, timestamp: 1_000 * (at + 1) });
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

test("PartitionLog gives the bytes that came with offset and epoch assigned when read", () => {
  const { log } = openTestLog();
  const first = createBatch({ values: ["a", "b"] });
  const second = createBatch({ values: ["c"] });
  const expected = [Buffer.from(first), Buffer.from(second)];
  const results = [log.append(first, 4), log.append(second, 4)];
  expected[0]?.writeInt32BE(4, 12); // The leader epoch,
  expected[1]?.writeInt32BE(4, 12);
  expected[1]?.writeBigInt64BE(2n, 0); // and the base offset: nothing else changes.
  expect({ results, end: log.endOffset, bytes: log.read(log.locate(0, limit, true)) }).toEqual({
    results: [
      { errorCode: 0, baseOffset: 0, logAppendTimeMs: -1 },
      { errorCode: 0, baseOffset: 2, logAppendTimeMs: -1 },
    ],
    end: 3,
    bytes: Buffer.concat(expected),
  });
});

test("PartitionLog.locate() gives whole batches within the limit when asked from any offset", () => {
  const test = openTestLog();
  fill(test, [["a", "b"], ["c"], ["d", "e", "f"]]);
  const { log } = test;
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

test("PartitionLog.locate() gives batches of one segment at a time", () => {
  const size = createBatch({ values: ["a"] }).length;
  const test = openTestLog({ config: { segmentBytes: 2 * size } });
  fill(test, [["a"], ["b"], ["c"], ["d"], ["e"]]);
  const found = [0, 1, 2, 3, 4].map((from) => offsets(test.log, from, limit));
  expect([found, test.folder.list().filter((name) => name.endsWith(".log"))]).toEqual([
    [[0, 1], [1], [2, 3], [3], [4]],
    [0, 2, 4].map(segmentName),
  ]);
});

test("PartitionLog.append() keeps the log as it was and answers so when the disk is full", () => {
  const folder = new MemoryLogFolder();
  const error = vi.fn();
  const test = openTestLog({ folder, logger: { error } });
  fill(test, [["a"]]);
  const append = vi.spyOn(folder.open(segmentName(0)), "append").mockImplementationOnce(() => {
    throw new Error("ENOSPC: no space left on device");
  });
  const result = test.log.append(createBatch({ values: ["b"] }), 0);
  append.mockRestore();
  fill(test, [["c"]]);
  const message = "Cannot append to t-0: ENOSPC: no space left on device";
  expect({
    code: result.errorCode,
    message: result.errorMessage,
    logged: error.mock.calls,
    values: readAll(test.log).map(({ offset, value }) => [offset, value]),
  }).toEqual({
    code: errorCodes.KAFKA_STORAGE_ERROR,
    message,
    logged: [[message]],
    values: [
      [0, "a"],
      [1, "c"],
    ],
  });
});

test("PartitionLog finds the first record at or after a time in any segment and compression", () => {
  const test = openTestLog();
  for (const attributes of [0, 1, 2, 3, 4]) {
    test.add({ values: ["a", "b", "c"], timestamp: 100 * attributes, attributes });
    test.config = { ...test.config, segmentBytes: attributes < 2 ? limit : 1 };
    if (attributes >= 2) test.config = { ...test.config, segmentBytes: 100 };
  }
  const { log } = test;
  const times = [0, 1, 3, 101, 102, 103, 201, 302, 401, 402];
  expect(times.map((time) => log.findByTimestamp(time)?.offset)).toEqual([
    0, 1, 3, 4, 5, 6, 7, 11, 13, 14,
  ]);
  expect([log.findByTimestamp(403), log.findMaxTimestamp()]).toEqual([
    undefined,
    { offset: 14, timestamp: 402, leaderEpoch: 0 },
  ]);
});

test("PartitionLog finds by time when a thousand batches are not in its order", () => {
  const test = openTestLog();
  const times = Array.from({ length: 1_000 }, (_, at) => (at * 7_919) % 1_000);
  for (const timestamp of times) test.add({ values: ["a"], timestamp });
  const wrong = times.filter((time) => {
    const found = test.log.findByTimestamp(time)?.offset;
    return found !== times.findIndex((each) => each >= time);
  });
  expect([wrong, test.log.findMaxTimestamp()?.offset]).toEqual([[], times.indexOf(999)]);
});

test("PartitionLog cuts a torn tail, and nothing else, when opened at every length of it", () => {
  const test = openTestLog();
  fill(test, [["a", "b"], ["c"], ["d", "e"]]);
  const { log } = test;
  const bytes = log.read(log.locate(0, limit, true));
  const ends = [0, log.locate(2, limit, true).position, log.locate(3, limit, true).position];
  const wrong: unknown[] = [];
  for (let length = 0; length < bytes.length; length++) {
    const folder = new MemoryLogFolder();
    const file = folder.open(segmentName(0));
    file.append(bytes.subarray(0, length));
    const warn = vi.fn();
    const opened = openTestLog({ folder, logger: { warn } }).log;
    const expected = ends.findLastIndex((end) => end <= length);
    const end = ends[expected] as number;
    const cut = { file: segmentName(0), fromByte: end, bytes: length - end };
    const expectedCuts = end === length ? [] : [cut];
    const isRight =
      opened.endOffset === [0, 2, 3][expected] &&
      file.size === end &&
      JSON.stringify(warn.mock.calls.map(([, fields]) => fields)) === JSON.stringify(expectedCuts);
    if (!isRight) wrong.push({ length, end: opened.endOffset, size: file.size });
  }
  expect(wrong).toEqual([]);
});

test.each([true, false])(
  "PartitionLog goes on where it was when opened again (closed: %s)",
  (isClean) => {
    const before = openTestLog();
    before.add({ values: ["a", "b"], producerId: 7, baseSequence: 0 });
    const { log } = before.reopen({ isClean });
    const duplicate = createBatch({ values: ["a", "b"], producerId: 7, baseSequence: 0 });
    const gap = createBatch({ values: ["c"], producerId: 7, baseSequence: 3 });
    const next = createBatch({ values: ["c"], producerId: 7, baseSequence: 2 });
    const results = [duplicate, gap, next].map((batch) => log.append(batch, 0));
    expect(results.map(({ errorCode, baseOffset }) => [errorCode, baseOffset])).toEqual([
      [0, 0],
      [errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, -1],
      [0, 2],
    ]);
  },
);

test("PartitionLog looks at no large segment again when opened after it was closed", () => {
  const value = "x".repeat(80_000);
  const size = createBatch({ values: [value] }).length;
  const before = openTestLog({ config: { segmentBytes: 2 * size } });
  for (const epoch of [1, 2, 3]) before.add({ values: [value] }, epoch);
  before.log.close();
  for (const base of [0, 2]) {
    // A wrong checksum, which a look at the segment would not let pass.
    const file = before.folder.open(segmentName(base));
    const content = Buffer.from(file.read(0, file.size));
    content.writeUInt8(0x55, size - 2);
    file.truncate(0);
    file.append(content);
  }
  const { log } = before.reopen();
  const ends = [1, 2, 3].map((epoch) => log.endOffsetOf(epoch).endOffset);
  expect([log.endOffset, offsets(log, 0, limit), offsets(log, 2, limit), ends]).toEqual([
    3,
    [0, 1],
    [2],
    [1, 2, 3],
  ]);
});

test("PartitionLog does not believe an index that outlived what it tells of", () => {
  const value = "x".repeat(80_000);
  const first = openTestLog();
  for (const at of [0, 1]) first.add({ values: [value, `${at}`] });
  first.log.close();
  // As after a loss of power: the index is on the disk, and half of the segment is not.
  const file = first.folder.open(segmentName(0));
  file.truncate(file.size / 2);
  const second = first.reopen();
  const batches = [["a"], ["b"], ["c", value, value]];
  for (const values of batches) second.add({ values });
  const { log } = second.reopen({ isClean: false });
  expect([log.endOffset, readAll(log).map(({ value }) => value?.slice(0, 1))]).toEqual([
    7,
    ["x", "0", "a", "b", "c", "x", "x"],
  ]);
});

test("PartitionLog names the file that cannot be read when opened", () => {
  const { folder } = openTestLog();
  folder.write("log.json", Buffer.alloc(0));
  expect(() => openTestLog({ folder })).toThrow("'log.json' of t-0 is not JSON");
});

/** A transaction of two producers, then what readers of committed records are told. */
function writeTransactions(test: TestLog): void {
  const of = (producerId: number, baseSequence: number) => ({
    values: [`${producerId}-${baseSequence}`],
    attributes: transactional,
    producerId,
    baseSequence,
  });
  test.add(of(1, 0));
  test.add(of(2, 0));
  test.add({ values: ["plain"] });
  test.add(of(1, 1));
  const end = { producerEpoch: 0, coordinatorEpoch: 0 };
  test.log.appendMarker({ ...end, producerId: 1, isCommit: false }, 0);
  test.add(of(3, 0));
  test.log.appendMarker({ ...end, producerId: 2, isCommit: true }, 0);
}

function transactionsOf(log: PartitionLog) {
  const { lastStableOffset } = log;
  const committed = log.locate(0, limit, true, lastStableOffset);
  return {
    end: log.endOffset,
    stable: lastStableOffset,
    committedEnd: committed.endOffset,
    aborted: log.abortedTransactions(0, committed),
    abortedLater: log.abortedTransactions(5, log.locate(5, limit, true)),
    abortedBefore: log.abortedTransactions(0, log.locate(0, 1, true)),
    open: [1, 2, 3].map((producerId) => log.hasTransaction(producerId, 0)),
    producers: log.producers().map((each) => [each.producerId, each.currentTxnStartOffset]),
  };
}

test.each([
  ["kept open", 1_000, undefined],
  ["closed", 1_000, true],
  ["killed", 1_000, false],
  ["closed, in many segments", 100, true],
  ["killed, in many segments", 100, false],
])(
  "PartitionLog tells what transactions committed and aborted when %s",
  (_, segmentBytes, isClean) => {
    let test = openTestLog({ config: { segmentBytes } });
    writeTransactions(test);
    if (isClean !== undefined) test = test.reopen({ isClean });
    const { abortedBefore, committedEnd, ...rest } = transactionsOf(test.log);
    expect(rest).toEqual({
      end: 7,
      stable: 5,
      aborted: [{ producerId: 1, firstOffset: 0 }],
      abortedLater: [],
      open: [false, false, true],
      producers: expect.arrayContaining([
        [1, -1],
        [3, 5],
        [2, -1],
      ]),
    });
    expect(abortedBefore).toEqual([{ producerId: 1, firstOffset: 0 }]);
    expect(committedEnd).toBe(segmentBytes === 100 ? 1 : 5);
  },
);

test("PartitionLog.appendMarker() writes the bytes that Kafka writes", () => {
  const test = openTestLog();
  const marker = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 9 };
  test.log.appendMarker({ ...marker, isCommit: true }, 2);
  const bytes = test.log.read(test.log.locate(0, limit, true));
  const { sizeBytes, attributes, baseSequence, recordCount } = readBatchHeader(bytes);
  expect({ sizeBytes, attributes, baseSequence, recordCount }).toEqual({
    sizeBytes: 78,
    attributes: 0x30,
    baseSequence: -1,
    recordCount: 1,
  });
  // Length, attributes, time, offset; key: version 0, type 1; value: version 0, epoch 9; headers.
  expect(bytes.subarray(61).toString("hex")).toBe("2000000008000000010c00000000000900");
});

test("PartitionLog.appendMarker() refuses what an older coordinator sends", () => {
  const { log } = openTestLog();
  const marker = { producerId: 7, producerEpoch: 3, coordinatorEpoch: 9, isCommit: true };
  log.appendMarker(marker, 0);
  const codes = [
    log.appendMarker({ ...marker, coordinatorEpoch: 8 }, 0).errorCode,
    log.appendMarker({ ...marker, producerEpoch: 2 }, 0).errorCode,
  ];
  const { TRANSACTION_COORDINATOR_FENCED, INVALID_PRODUCER_EPOCH } = errorCodes;
  expect([codes, log.endOffset]).toEqual([
    [TRANSACTION_COORDINATOR_FENCED, INVALID_PRODUCER_EPOCH],
    1,
  ]);
});

test("PartitionLog.endOffsetOf() tells where epochs end, also when opened again", () => {
  const before = openTestLog();
  before.add({ values: ["a", "b"] }, 1);
  before.log.beginEpoch(2);
  before.log.beginEpoch(3);
  before.add({ values: ["c"] }, 3);
  before.log.beginEpoch(5);
  const { log } = before.reopen({ isClean: false });
  const ends = [0, 1, 2, 3, 4, 5, 6].map((epoch) => log.endOffsetOf(epoch));
  expect(ends.map(({ leaderEpoch, endOffset }) => [leaderEpoch, endOffset])).toEqual([
    [0, 0],
    [1, 2],
    [1, 2],
    [3, 3],
    [3, 3],
    [5, 3],
    [-1, -1],
  ]);
});

test("PartitionLog.startEpoch is that of the first record that is left, also when opened again", () => {
  const before = openTestLog();
  before.add({ values: ["a"] }, 1);
  before.add({ values: ["b"] }, 2);
  before.log.deleteBefore(1);
  const again = before.reopen().log;
  expect([before.log.startEpoch, again.startEpoch, again.endOffsetOf(1)]).toEqual([
    2,
    2,
    before.log.endOffsetOf(1),
  ]);
});

test("PartitionLog.deleteBefore() moves the start, also when opened again", () => {
  const size = createBatch({ values: ["a"] }).length;
  const before = openTestLog({ config: { segmentBytes: 2 * size } });
  fill(before, [["a"], ["b"], ["c"], ["d"], ["e"]]);
  before.log.deleteBefore(3);
  before.log.deleteBefore(1);
  const files = before.folder.list().filter((name) => name.endsWith(".log"));
  const { log } = before.reopen();
  expect([log.startOffset, files, readAll(log).map(({ value }) => value)]).toEqual([
    3,
    [2, 4].map(segmentName),
    ["d", "e"],
  ]);
  expect(() => log.deleteBefore(6)).toThrow("before offset 6: the log ends at 5");
  log.deleteBefore(5);
  expect([log.startOffset, readAll(log)]).toEqual([5, []]);
});

test("PartitionLog.clean() deletes whole segments by size", () => {
  const size = createBatch({ values: ["a"] }).length;
  const test = openTestLog({ config: { segmentBytes: 2 * size, retentionBytes: 3 * size } });
  fill(test, [["a"], ["b"], ["c"], ["d"], ["e"], ["f"], ["g"]]);
  test.log.clean();
  expect([test.log.startOffset, test.log.sizeBytes]).toEqual([4, 3 * size]);
});

test("PartitionLog.clean() deletes what is too old, the last segment too", () => {
  const size = createBatch({ values: ["a"] }).length;
  const test = openTestLog({ config: { segmentBytes: 2 * size, retentionMs: 60_000 } });
  test.add({ values: ["a"], timestamp: 100_000 });
  test.add({ values: ["b"], timestamp: 101_000 });
  test.add({ values: ["c"], timestamp: 102_000 });
  const starts = [161_000, 161_001, 162_000, 162_001].map((now) => {
    test.now = now;
    test.log.clean();
    return [test.log.startOffset, test.log.endOffset];
  });
  expect(starts).toEqual([
    [0, 3],
    [2, 3],
    [2, 3],
    [3, 3],
  ]);
  const { log, add } = test.reopen();
  expect([log.startOffset, log.endOffset, add({ values: ["d"] })]).toEqual([3, 3, 3]);
});

test("PartitionLog begins a segment when its records are too far apart in time", () => {
  const test = openTestLog({ config: { segmentMs: 1_000 } });
  for (const timestamp of [0, 500, 1_000, 1_001, 2_001, 2_002])
    test.add({ values: ["a"], timestamp });
  const files = test.folder.list().filter((name) => name.endsWith(".log"));
  expect(files).toEqual([0, 3, 5].map(segmentName));
});

test("PartitionLog.clean() forgets producers that were idle for long", () => {
  const test = openTestLog({ config: { producerIdExpirationMs: 10_000 } });
  test.add({ values: ["a"], producerId: 1, baseSequence: 0, timestamp: test.now });
  const left = [10_000, 590_000].map((ms) => {
    test.now += ms;
    test.log.clean();
    return test.log.producers().length;
  });
  expect(left).toEqual([1, 0]);
});

test("PartitionLog.watch() calls back after appends, and when the log is closed", () => {
  const test = openTestLog();
  const watcher = vi.fn();
  const end = test.log.watch(watcher);
  test.add({ values: ["a"] });
  test.log.append(Buffer.alloc(0), 0);
  end();
  test.add({ values: ["b"] });
  test.log.watch(watcher);
  test.log.close();
  expect([watcher.mock.calls.length, test.log.isClosed]).toEqual([2, true]);
});

test("PartitionLog reads nothing of a range that was deleted meanwhile", () => {
  const size = createBatch({ values: ["a"] }).length;
  const test = openTestLog({ config: { segmentBytes: size } });
  fill(test, [["a"], ["b"]]);
  const range = test.log.locate(0, limit, true);
  test.log.deleteBefore(1);
  expect([range.length, test.log.read(range).length]).toEqual([size, 0]);
});

test("PartitionLog reads nothing of a range that was compacted meanwhile", () => {
  const size = createBatch({ values: [{ key: "k", value: "a" }] }).length;
  const config = { isCompacted: true, minCleanableDirtyRatio: 0, segmentBytes: 2 * size };
  const test = openTestLog({ config });
  for (const value of ["a", "b", "c", "d"]) {
    test.add({ values: [{ key: "k", value }], timestamp: test.now });
  }
  const range = test.log.locate(1, limit, true);
  test.log.clean();
  expect([range.length, test.log.read(range).length, offsets(test.log, 1, limit)]).toEqual([
    size,
    0,
    [1],
  ]);
});

test("PartitionLog.append() seals batches again when it changes them", () => {
  const test = openTestLog({ config: { isLogAppendTime: true } });
  test.now = 5_000;
  const batch = createBatch({ values: ["a", "b"], timestamp: 1_000 });
  const { logAppendTimeMs } = test.log.append(batch, 0);
  const stored = Buffer.from(test.log.read(test.log.locate(0, limit, true)));
  const checksum = stored.readUInt32BE(17);
  expect({
    logAppendTimeMs,
    times: readAll(test.log).map(({ timestamp }) => timestamp),
    isSealed: seal(stored).readUInt32BE(17) === checksum,
  }).toEqual({ logAppendTimeMs: 5_000, times: [5_000, 5_000], isSealed: true });
});
