// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { openTestLog, readAll, type TestLog } from "./partition-log.testing.ts";
import type { TestRecord } from "./record-batch.testing.ts";
import { attributeBits } from "./record-batch.ts";

/** Numbers that look random and are the same in each run: the mulberry32 generator. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
}

interface ModelRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: string | undefined;
  readonly timestamp: number;
  readonly producerId: number;
}

/** A log as an array of records, of which nothing is ever removed but what is before its start. */
class Model {
  records: ModelRecord[] = [];
  startOffset = 0;
  endOffset = 0;
  /** First offsets of open transactions. */
  readonly open = new Map<number, number>();
  readonly aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = [];

  get lastStableOffset(): number {
    return Math.max(this.startOffset, Math.min(this.endOffset, ...this.open.values()));
  }

  isAborted({ producerId, offset }: ModelRecord): boolean {
    return this.aborted.some((each) => {
      return (
        each.producerId === producerId && each.firstOffset <= offset && offset < each.lastOffset
      );
    });
  }
}

class Run {
  readonly model = new Model();
  readonly #random: (limit: number) => number;
  readonly #sequences = new Map<number, number>();
  readonly #isCompacted: boolean;
  test: TestLog;

  constructor(seed: number, isCompacted: boolean) {
    this.#random = createRandom(seed);
    this.#isCompacted = isCompacted;
    const config = {
      segmentBytes: 600 + this.#random(1_500),
      isCompacted,
      isDeleted: false,
      minCleanableDirtyRatio: 0,
      deleteRetentionMs: 5_000,
      timestampAfterMaxMs: Infinity,
    };
    this.test = openTestLog({ config });
  }

  step(): string {
    const random = this.#random;
    const { model } = this;
    this.test.now += 1 + random(2_000);
    const choice = random(20);
    if (choice < 12) return this.#append();
    if (choice < 14) return this.#end();
    if (choice < 16) {
      const isClean = random(2) === 0;
      this.test = this.test.reopen({ isClean });
      return `reopen ${isClean}`;
    }
    if (choice < 17) {
      const offset = model.startOffset + random(model.endOffset - model.startOffset + 1);
      if (random(4) > 0) return "nothing";
      this.test.log.deleteBefore(offset);
      model.startOffset = Math.max(model.startOffset, offset);
      model.records = model.records.filter((record) => record.offset >= offset);
      return `delete before ${offset}`;
    }
    this.test.log.clean();
    return "clean";
  }

  #append(): string {
    const random = this.#random;
    const { model, test } = this;
    const producerId = random(3) === 0 ? -1 : random(4);
    const isTransactional = producerId >= 2;
    const timestamp = test.now - random(3_000);
    const records = Array.from(
      { length: 1 + random(5) },
      (_, at): Required<TestRecord> => ({
        key: `k${random(30)}`,
        value: random(5) === 0 ? null : "v".repeat(random(80)),
        timestamp: timestamp + at,
      }),
    );
    const compression = random(4) === 0 ? random(5) : 0;
    const attributes = compression | (isTransactional ? attributeBits.transactional : 0);
    const baseSequence = producerId < 0 ? -1 : (this.#sequences.get(producerId) ?? 0);
    const base = test.add({ values: records, attributes, producerId, baseSequence });
    if (base !== model.endOffset) throw new Error(`Offset ${base}, not ${model.endOffset}`);
    if (producerId >= 0) this.#sequences.set(producerId, baseSequence + records.length);
    if (isTransactional && !model.open.has(producerId)) model.open.set(producerId, base);
    for (const { key, value, timestamp } of records) {
      const offset = model.endOffset++;
      model.records.push({
        offset,
        key: key as string,
        value: value ?? undefined,
        timestamp,
        producerId,
      });
    }
    return `append ${records.length} of ${producerId} at ${base}`;
  }

  #end(): string {
    const random = this.#random;
    const { model, test } = this;
    const producerId = 2 + random(2);
    const isCommit = random(2) === 0;
    const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, isCommit };
    const { baseOffset } = test.log.appendMarker(marker, 0);
    const firstOffset = model.open.get(producerId);
    if (firstOffset !== undefined && !isCommit) {
      model.aborted.push({ producerId, firstOffset, lastOffset: baseOffset });
    }
    model.open.delete(producerId);
    model.endOffset++;
    return `end ${producerId} ${isCommit}`;
  }

  /** What is wrong with what the log gives; undefined when nothing is. */
  check(): string | undefined {
    const { model, test } = this;
    const { log } = test;
    const told = [log.startOffset, log.endOffset, log.lastStableOffset].join();
    const expected = [model.startOffset, model.endOffset, model.lastStableOffset].join();
    if (told !== expected) return `offsets ${told}, not ${expected}`;
    const from = model.startOffset + this.#random(model.endOffset - model.startOffset + 1);
    const found = readAll(log, from, this.#random(1_000)).filter(({ isControl }) => !isControl);
    const there = new Map(found.map((record) => [record.offset, record]));
    const wanted = model.records.filter(({ offset }) => offset >= from);
    for (const record of wanted) {
      const other = there.get(record.offset);
      there.delete(record.offset);
      if (!other) {
        if (this.#isCompacted && this.#mayBeGone(record)) continue;
        return `no record at ${record.offset}`;
      }
      const isSame = (["key", "value", "timestamp"] as const).every(
        (name) => record[name] === other[name],
      );
      if (!isSame) return `another record at ${record.offset}`;
    }
    if (there.size > 0) return `records that were never appended: ${[...there.keys()]}`;
    return this.#checkAborted(from) ?? this.#checkTime() ?? this.#checkLatest();
  }

  #mayBeGone(record: ModelRecord): boolean {
    const { model } = this;
    if (record.value === undefined || model.isAborted(record)) return true;
    return model.records.some((other) => {
      return other.key === record.key && other.offset > record.offset && !model.isAborted(other);
    });
  }

  /** A reader of committed records must be told of every aborted one that it is given. */
  #checkAborted(from: number): string | undefined {
    const { model } = this;
    const { log } = this.test;
    const range = log.locate(from, 700, true, log.lastStableOffset);
    const told = log.abortedTransactions(from, range);
    const there = new Set(readAll(log, from).map(({ offset }) => offset));
    for (const record of model.records) {
      if (record.offset < from || record.offset >= range.endOffset || !model.isAborted(record))
        continue;
      const isTold = told.some(({ producerId, firstOffset }) => {
        return producerId === record.producerId && firstOffset <= record.offset;
      });
      if (!isTold && there.has(record.offset)) return `not told that ${record.offset} was aborted`;
    }
    return undefined;
  }

  /** Whoever reads all of it has the last value of each key, or none when that is a tombstone. */
  #checkLatest(): string | undefined {
    const { model, test } = this;
    const there = new Set(readAll(test.log).map(({ offset }) => offset));
    const latest = new Map<string, ModelRecord>();
    const found = new Map<string, ModelRecord>();
    for (const record of model.records.filter((each) => !model.isAborted(each))) {
      latest.set(record.key, record);
      if (there.has(record.offset)) found.set(record.key, record);
    }
    for (const [key, { offset, value }] of latest) {
      const other = found.get(key);
      if (value === undefined ? other?.value !== undefined : other?.offset !== offset) {
        return `the last of ${key} is at ${other?.offset}, not ${offset}`;
      }
    }
    return undefined;
  }

  #checkTime(): string | undefined {
    if (this.#isCompacted) return undefined;
    const { model, test } = this;
    const time = test.now - this.#random(20_000);
    const expected = model.records.find(({ timestamp }) => timestamp >= time);
    const found = test.log.findByTimestamp(time);
    const isMarker = found && !model.records.some(({ offset }) => offset === found.offset);
    if (isMarker || found?.offset === expected?.offset) return undefined;
    return `${found?.offset} at ${time}, not ${expected?.offset}`;
  }
}

test.each([false, true])("PartitionLog does as its model does (compacted: %s)", (isCompacted) => {
  const wrong: unknown[] = [];
  for (let seed = 1; seed <= 15 && wrong.length === 0; seed++) {
    const run = new Run(seed, isCompacted);
    const steps: string[] = [];
    for (let at = 0; at < 100; at++) {
      steps.push(run.step());
      const fault = run.check();
      if (!fault) continue;
      wrong.push({ seed, fault, steps: steps.slice(-12) });
      break;
    }
  }
  expect(wrong).toEqual([]);
});
