// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { LogConfig } from "./log-config.ts";
import { MemoryLogFolder } from "./memory-log-folder.ts";
import {
  openTestLog,
  readAll,
  type TestLog,
  type TestLogOptions,
} from "./partition-log.testing.ts";
import type { PartitionLog } from "./partition-log.ts";
import { createBatch, seal, type TestRecord } from "./record-batch.testing.ts";
import { attributeBits, batchHeaderBytes, isIntact, readBatchHeader } from "./record-batch.ts";

const { transactional } = attributeBits;
const limit = 1_000_000;

/** A compacted log in which each append is a segment of its own. */
function openCompacted(config: Partial<LogConfig> = {}, options: TestLogOptions = {}): TestLog {
  const base = { isCompacted: true, isDeleted: false, minCleanableDirtyRatio: 0 };
  const test = openTestLog({ ...options, config: { ...base, segmentMs: 0, ...config } });
  return test;
}

/** A second later, appends records of `key=value`; `key=` is a tombstone. */
function add(test: TestLog, ...records: string[]): number {
  test.now += 1_000;
  const values = records.map((record): TestRecord => {
    const [key, value] = record.split("=");
    return { key: key as string, value: value || null };
  });
  return test.add({ values, timestamp: test.now });
}

function entries(log: PartitionLog): string[] {
  return readAll(log).map(({ offset, key, value, isControl }) => {
    return isControl ? `${offset}:control` : `${offset}:${key}=${value ?? ""}`;
  });
}

test("PartitionLog.clean() keeps the last record of each key, with its offset", () => {
  const test = openCompacted();
  add(test, "a=1", "b=1", "c=1");
  add(test, "a=2");
  add(test, "b=2", "b=3");
  add(test, "a=9");
  test.log.clean();
  expect([entries(test.log), test.log.startOffset, test.log.endOffset]).toEqual([
    ["2:c=1", "3:a=2", "5:b=3", "6:a=9"],
    0,
    7,
  ]);
  add(test, "d=1");
  test.log.clean();
  expect(entries(test.log)).toEqual(["2:c=1", "5:b=3", "6:a=9", "7:d=1"]);
});

test("PartitionLog.clean() leaves batches that are whole as they are, and seals the others", () => {
  const test = openCompacted();
  for (const attributes of [0, 1, 2, 3, 4]) {
    const values = ["x", "y", "z"].map((key) => ({ key: `${key}${attributes}`, value: "v" }));
    test.now += 1_000;
    test.add({ values, timestamp: test.now, attributes });
  }
  for (const attributes of [0, 1, 2, 3]) add(test, `y${attributes}=2`);
  add(test, "end=1");
  const before = test.log.read(test.log.locate(12, limit, true));
  test.log.clean();
  const batches = [0, 3, 6, 9, 12].map((offset) =>
    test.log.read(test.log.locate(offset, limit, true)),
  );
  const headers = batches.map((batch) => readBatchHeader(batch));
  expect({
    intact: batches.every(isIntact),
    same: before.equals(batches[4] as Buffer),
    headers: headers.map((each) => [
      each.baseOffset,
      each.lastOffset,
      each.recordCount,
      each.attributes,
    ]),
    left: entries(test.log).slice(0, 11),
  }).toEqual({
    intact: true,
    same: true,
    headers: [
      [0, 2, 2, 0],
      [3, 5, 2, 1],
      [6, 8, 2, 2],
      [9, 11, 2, 3],
      [12, 14, 3, 4],
    ],
    left: [0, 1, 2, 3]
      .flatMap((n) => [`${3 * n}:x${n}=v`, `${3 * n + 2}:z${n}=v`])
      .concat(["12:x4=v", "13:y4=v", "14:z4=v"]),
  });
});

test("PartitionLog.clean() drops tombstones once delete.retention.ms is over", () => {
  const test = openCompacted({ deleteRetentionMs: 10_000 });
  add(test, "a=1", "b=1");
  add(test, "a=");
  add(test, "c=1");
  const timestampOf = () => readAll(test.log).findLast(({ key }) => key === "a")?.timestamp;
  const timestamp = timestampOf();
  test.log.clean();
  const horizon = test.now + 10_000;
  const first = [entries(test.log), timestampOf() === timestamp];
  test.now = horizon - 1_001;
  add(test, "d=1");
  test.log.clean();
  const second = entries(test.log);
  add(test, "e=1");
  test.log.clean();
  expect([first, second, entries(test.log)]).toEqual([
    [["1:b=1", "2:a=", "3:c=1"], true],
    ["1:b=1", "2:a=", "3:c=1", "4:d=1"],
    ["1:b=1", "3:c=1", "4:d=1", "5:e=1"],
  ]);
});

test("PartitionLog.clean() compacts nothing before enough of the log is dirty", () => {
  const test = openCompacted({ minCleanableDirtyRatio: 0.5 });
  for (const value of [1, 2, 3, 4, 5, 6]) add(test, `a=${value}`, "filler=1");
  test.log.clean();
  const once = entries(test.log);
  add(test, ...Array.from({ length: 20 }, (_, at) => `k${at}=long value`));
  add(test, "a=7");
  test.log.clean();
  const sizeOfClean = test.log.sizeBytes;
  add(test, "a=8");
  test.log.clean();
  expect([once, test.log.sizeBytes > sizeOfClean]).toEqual([
    ["8:a=5", "9:filler=1", "10:a=6", "11:filler=1"],
    true,
  ]);
});

test("PartitionLog.clean() spares what is younger than min.compaction.lag.ms", () => {
  const test = openCompacted({ minCompactionLagMs: 2_500 });
  add(test, "a=1");
  add(test, "a=2");
  add(test, "a=3");
  add(test, "a=4");
  test.now += 500;
  test.log.clean();
  expect(entries(test.log).map((entry) => entry.slice(2))).toEqual(["a=2", "a=3", "a=4"]);
});

test("PartitionLog.clean() compacts what is older than max.compaction.lag.ms all the same", () => {
  const test = openCompacted({ minCleanableDirtyRatio: 1, maxCompactionLagMs: 5_000 });
  add(test, "a=1");
  add(test, "a=2");
  add(test, "a=3");
  test.now += 2_000;
  test.log.clean();
  const early = entries(test.log).length;
  test.now += 3_000;
  test.log.clean();
  expect([early, entries(test.log)]).toEqual([3, ["1:a=2", "2:a=3"]]);
});

test("PartitionLog.clean() keeps tombstones for good when delete.retention.ms has no limit", () => {
  const test = openCompacted({ deleteRetentionMs: Infinity });
  add(test, "a=1", "b=1");
  const time = test.now + 1_000;
  add(test, "a=");
  for (const record of ["c=1", "d=1", "e=1"]) {
    add(test, record);
    test.log.clean();
    test.now += 100 * 365 * 24 * 60 * 60 * 1000;
  }
  const tombstone = readAll(test.log).find(({ key }) => key === "a");
  expect([entries(test.log), tombstone?.timestamp]).toEqual([
    ["1:b=1", "2:a=", "3:c=1", "4:d=1", "5:e=1"],
    time,
  ]);
});

/** A second later, ends a transaction. */
function end(test: TestLog, producerId: number, isCommit: boolean): void {
  test.now += 1_000;
  const epochs = { producerEpoch: 0, coordinatorEpoch: 0 };
  test.log.appendMarker({ ...epochs, producerId, isCommit }, 0);
}

/** A second later, appends a record of a transaction. */
function addOf(test: TestLog, producerId: number, baseSequence: number, record: string): void {
  test.now += 1_000;
  const [key, value] = record.split("=") as [string, string];
  const producer = { attributes: transactional, producerId, baseSequence };
  test.add({ values: [{ key, value: value || null }], timestamp: test.now, ...producer });
}

test("PartitionLog.clean() drops what was aborted, and its marker later", () => {
  const test = openCompacted({ deleteRetentionMs: 10_000 });
  add(test, "a=1");
  addOf(test, 1, 0, "a=aborted");
  addOf(test, 2, 0, "b=committed");
  end(test, 1, false);
  end(test, 2, true);
  addOf(test, 1, 1, "c=committed");
  end(test, 1, true);
  add(test, "d=1");
  test.log.clean();
  const first = entries(test.log);
  const aborted = test.log.abortedTransactions(0, test.log.locate(0, limit, true));
  add(test, "e=1");
  test.log.clean();
  test.now += 10_000;
  add(test, "f=1");
  test.log.clean();
  expect({ first, aborted, last: entries(test.log) }).toEqual({
    first: [
      "0:a=1",
      "2:b=committed",
      "3:control",
      "4:control",
      "5:c=committed",
      "6:control",
      "7:d=1",
    ],
    aborted: [],
    last: [
      "0:a=1",
      "2:b=committed",
      "4:control",
      "5:c=committed",
      "6:control",
      "7:d=1",
      "8:e=1",
      "9:f=1",
    ],
  });
});

test("PartitionLog.clean() tells what was committed from what was aborted before it was last called", () => {
  const test = openCompacted({ deleteRetentionMs: 10_000 });
  add(test, "a=1", "b=1");
  addOf(test, 1, 0, "a=aborted");
  end(test, 1, false);
  add(test, "c=1");
  add(test, "d=1");
  test.log.clean();
  addOf(test, 1, 1, "a=2");
  addOf(test, 1, 2, "b=");
  end(test, 1, true);
  add(test, "e=1");
  test.log.clean();
  expect(entries(test.log).filter((entry) => /[ab]=/.test(entry))).toEqual(["6:a=2", "7:b="]);
});

test("PartitionLog.clean() does not touch what an open transaction may decide on", () => {
  const test = openCompacted();
  add(test, "a=1");
  addOf(test, 1, 0, "a=2");
  add(test, "a=3");
  add(test, "a=4");
  test.log.clean();
  expect(entries(test.log)).toEqual(["0:a=1", "1:a=2", "2:a=3", "3:a=4"]);
});

test("PartitionLog.clean() keeps the sequence of a producer whose records are gone", () => {
  const test = openCompacted();
  const producer = { producerId: 5, baseSequence: 0 };
  test.add({ values: [{ key: "a", value: "1" }], timestamp: test.now, ...producer });
  add(test, "a=2");
  add(test, "a=3");
  test.log.clean();
  const { log } = test.reopen({ isClean: false });
  const known = log.producers().map(({ producerId, lastSequence }) => [producerId, lastSequence]);
  expect([entries(log), known]).toEqual([["1:a=2", "2:a=3"], [[5, 0]]]);
});

test("PartitionLog.clean() leaves batches that cannot be unpacked as they are", () => {
  const test = openCompacted({ isCompacted: false });
  add(test, "a=1");
  const broken = createBatch({ values: [{ key: "a", value: "x" }], attributes: 1 });
  broken.fill(0, batchHeaderBytes);
  test.add(seal(broken));
  test.config = { ...test.config, isCompacted: true };
  for (const record of ["a=2", "b=1", "c=1"]) add(test, record);
  test.log.clean();
  const { log } = test;
  const headers = [0, 1, 2].map((at) => readBatchHeader(log.read(log.locate(at, limit, true))));
  expect(headers.map(({ baseOffset }) => baseOffset)).toEqual([1, 1, 2]);
});

test.each([true, false])("PartitionLog finds a compacted log again (closed: %s)", (isClean) => {
  const test = openCompacted();
  for (let at = 0; at < 20; at++) add(test, `k${at % 3}=${at}`);
  test.log.clean();
  const before = entries(test.log);
  const again = test.reopen({ isClean });
  again.log.clean();
  const { startOffset, endOffset } = again.log;
  expect({ entries: entries(again.log), startOffset, endOffset }).toEqual({
    entries: before,
    startOffset: 0,
    endOffset: 20,
  });
  expect(before.length).toBeLessThan(5);
});

test("PartitionLog finds a compacted log again when its compaction was cut short anywhere", () => {
  const wrong: unknown[] = [];
  let isCutShort = true;
  for (let steps = 0; isCutShort; steps++) {
    const folder = new MemoryLogFolder({ isVolatile: false });
    const test = openCompacted({}, { folder });
    for (let at = 0; at < 8; at++) addOf(test, 1, at, `k${at % 2}=${at}`);
    end(test, 1, false);
    for (let at = 0; at < 8; at++) add(test, `k${at % 2}=${at}`);
    let left = steps;
    isCutShort = false;
    // A process that is killed does nothing from one step on.
    for (const name of ["write", "rename", "remove"] as const) {
      const real = folder[name].bind(folder) as (...values: unknown[]) => void;
      folder[name] = (...values: unknown[]) => {
        if (left === 0) {
          isCutShort = true;
          throw new Error("killed");
        }
        left--;
        real(...values);
      };
    }
    test.log.clean();
    left = Number.POSITIVE_INFINITY;
    const again = test.reopen({ isClean: false });
    again.log.clean();
    const found = entries(again.log).filter((entry) => !entry.includes("control"));
    // Of which the producer's last batch is left, empty.
    const aborted = again.log.abortedTransactions(0, again.log.locate(0, limit, true));
    const isRight = found.join() === "14:k1=5,15:k0=6,16:k1=7" && aborted.length === 1;
    if (!isRight || again.log.endOffset !== 17) wrong.push({ steps, found, aborted });
  }
  expect(wrong).toEqual([]);
});
