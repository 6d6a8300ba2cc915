// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { recordsOf } from "./batch-records.ts";
import { checkProduced } from "./check-produced.ts";
import { defaultLogConfig, type LogConfig } from "./log-config.ts";
import { createBatch, seal, type TestBatchOptions } from "./record-batch.testing.ts";
import { attributeBits, isIntact } from "./record-batch.ts";

const { CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE, NONE } = errorCodes;
const now = 10_000_000;

function check(bytes: Buffer, config: Partial<LogConfig> = {}) {
  return checkProduced(bytes, { ...defaultLogConfig, ...config }, now);
}

function codeOf(bytes: Buffer, config: Partial<LogConfig> = {}): number {
  const checked = check(bytes, config);
  return checked.isFine ? NONE : checked.errorCode;
}

function changed(edit: (batch: Buffer) => unknown, options: Partial<TestBatchOptions> = {}) {
  const batch = createBatch({ values: ["a", "b"], ...options });
  edit(batch);
  return codeOf(seal(batch));
}

test("checkProduced() refuses what Kafka refuses when the batch is not well made", () => {
  const one = createBatch({ values: ["a"] });
  const flipped = createBatch({ values: ["a"] });
  flipped.writeUInt8(0x55, flipped.length - 1);
  expect({
    fine: codeOf(createBatch({ values: ["a"] })),
    trailing: codeOf(Buffer.concat([one, Buffer.alloc(11)])),
    empty: codeOf(Buffer.alloc(0)),
    short: codeOf(one.subarray(0, 40)),
    two: codeOf(Buffer.concat([one, one])),
    junkAfter: codeOf(Buffer.concat([one, Buffer.alloc(20)])),
    large: codeOf(one, { maxMessageBytes: one.length - 1 }),
    largest: codeOf(one, { maxMessageBytes: one.length }),
    flipped: codeOf(flipped),
    oldMagic: changed((batch) => batch.writeInt8(1, 16)),
    noMagic: changed((batch) => batch.writeInt8(3, 16)),
    baseOffset: changed((batch) => batch.writeInt8(1, 7)),
    count: changed((batch) => batch.writeInt32BE(3, 57)),
    control: changed(() => {}, { attributes: attributeBits.control }),
    noSequence: changed(() => {}, { producerId: 1, baseSequence: -1 }),
  }).toEqual({
    fine: NONE,
    trailing: NONE,
    empty: INVALID_RECORD,
    short: INVALID_RECORD,
    two: INVALID_RECORD,
    junkAfter: CORRUPT_MESSAGE,
    large: MESSAGE_TOO_LARGE,
    largest: NONE,
    flipped: CORRUPT_MESSAGE,
    oldMagic: INVALID_RECORD,
    noMagic: CORRUPT_MESSAGE,
    baseOffset: INVALID_RECORD,
    count: INVALID_RECORD,
    control: INVALID_RECORD,
    noSequence: INVALID_RECORD,
  });
});

test("checkProduced() refuses records that are not well made, whatever their bytes", () => {
  const batch = createBatch({ values: [{ key: "k", value: "value" }, "b"] });
  const codes = new Set<number>();
  for (let at = 61; at < batch.length; at++) {
    for (let value = 0; value < 256; value++) {
      const edited = Buffer.from(batch);
      edited.writeUInt8(value, at);
      codes.add(codeOf(seal(edited)));
    }
  }
  const cut = Buffer.from(batch.subarray(0, -3));
  cut.writeInt32BE(cut.length - 12, 8);
  const endless = Buffer.concat([
    batch.subarray(0, 61),
    Buffer.from([2, 0]),
    Buffer.alloc(900, 0xff),
  ]);
  endless.writeInt32BE(endless.length - 12, 8);
  expect([[...codes].sort(), codeOf(seal(cut)), codeOf(seal(endless))]).toEqual([
    [NONE, INVALID_RECORD],
    INVALID_RECORD,
    INVALID_RECORD,
  ]);
});

test("checkProduced() refuses records that have fewer headers than they say", () => {
  const batch = createBatch({ values: [{ key: "k", value: "v" }] });
  const codes = [0, 1, 63].map((headers) => {
    const edited = Buffer.from(batch);
    edited.writeUInt8(2 * headers, batch.length - 1);
    return codeOf(seal(edited));
  });
  expect(codes).toEqual([NONE, INVALID_RECORD, INVALID_RECORD]);
});

test("checkProduced() refuses times that a number cannot hold", () => {
  const codes = [27, 35].map((at) => changed((batch) => batch.writeBigInt64BE(2n ** 63n - 1n, at)));
  expect(codes).toEqual([INVALID_TIMESTAMP, INVALID_TIMESTAMP]);
});

test.each([0, 1, 2, 3, 4])(
  "checkProduced() names records at a wrong time, compression %s",
  (attributes) => {
    const values = [
      { value: "a", timestamp: now },
      { value: "b", timestamp: now + 3_600_001 },
      { value: "c", timestamp: -1 },
      { value: "d", timestamp: now - 5_001 },
    ];
    const limited = check(createBatch({ values, attributes }), { timestampBeforeMaxMs: 5_000 });
    const fine = check(createBatch({ values: values.slice(2), attributes }));
    expect([limited, fine.isFine]).toEqual([
      {
        isFine: false,
        errorCode: INVALID_TIMESTAMP,
        errorMessage: "One or more records have been rejected due to invalid timestamp",
        recordErrors: [1, 3].map((batchIndex) => ({
          batchIndex,
          message: `Timestamp ${values[batchIndex]?.timestamp} of message with offset ${batchIndex} is out of range. The timestamp should be within [${now - 5_000}, ${now + 3_600_000}]`,
        })),
      },
      true,
    ]);
  },
);

test("checkProduced() tells the limits of times as Kafka does when there are none", () => {
  const early = { timestampAfterMaxMs: Infinity, timestampBeforeMaxMs: 5_000 };
  const refused = [
    check(createBatch({ values: ["a"], timestamp: now + 3_600_001 })),
    check(createBatch({ values: ["a"] }), early),
  ];
  const limits = [
    [-(2n ** 63n) + 1n + BigInt(now), now + 3_600_000],
    [now - 5_000, -(2n ** 63n) - 1n + BigInt(now)],
  ];
  expect(refused).toMatchObject(
    limits.map(([from, to]) => ({
      recordErrors: [{ message: expect.stringContaining(`within [${from}, ${to}]`) }],
    })),
  );
});

test("checkProduced() refuses records without a key for a compacted topic", () => {
  const values = [{ key: "k", value: "a" }, { value: "b" }, { key: "", value: "c" }];
  const refused = check(createBatch({ values, attributes: 4 }), { isCompacted: true });
  expect(refused).toMatchObject({
    errorCode: INVALID_RECORD,
    recordErrors: [{ batchIndex: 1, message: "Compacted topic cannot accept message without key" }],
  });
});

test("checkProduced() writes the largest time anew when the producer was wrong about it", () => {
  const batch = createBatch({ values: ["a", "b", "c"], timestamp: 5_000 });
  batch.writeBigInt64BE(9_999n, 35);
  const checked = check(seal(batch));
  const isRight =
    checked.isFine && isIntact(checked.bytes) && checked.header.maxTimestamp === 5_002;
  expect(isRight).toBe(true);
});

test("checkProduced() gives all records the time of the append when the topic asks for it", () => {
  const checked = check(createBatch({ values: ["a", "b"] }), { isLogAppendTime: true });
  if (!checked.isFine) throw new Error(checked.errorMessage);
  const cursor = recordsOf(checked.bytes, checked.header);
  const times: number[] = [];
  while (cursor.next()) times.push(cursor.timestamp);
  expect([isIntact(checked.bytes), times]).toEqual([true, [now, now]]);
});

test.each(["uncompressed", "gzip", "snappy", "lz4", "zstd"] as const)(
  "checkProduced() packs records anew when the topic wants %s",
  (compressionType) => {
    const values = Array.from({ length: 50 }, (_, at) => ({ key: `k${at}`, value: "same" }));
    const producer = { producerId: 9, producerEpoch: 2, baseSequence: 5 };
    const source = compressionType === "gzip" ? 2 : 1;
    const batch = createBatch({
      values,
      attributes: source | attributeBits.transactional,
      ...producer,
    });
    const checked = check(batch, { compressionType });
    if (!checked.isFine) throw new Error(checked.errorMessage);
    const { header, bytes } = checked;
    const cursor = recordsOf(bytes, header);
    const keys: unknown[] = [];
    while (cursor.next()) keys.push(cursor.key());
    const compression = ["uncompressed", "gzip", "snappy", "lz4", "zstd"].indexOf(compressionType);
    expect({ intact: isIntact(bytes), keys, header }).toMatchObject({
      intact: true,
      keys: values.map(({ key }) => key),
      header: { attributes: compression | attributeBits.transactional, ...producer },
    });
  },
);
