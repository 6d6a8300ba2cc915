// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { ProducerStates } from "./producer-states.ts";
import { createBatch } from "./record-batch.testing.ts";
import { attributeBits, type BatchHeader, readBatchHeader } from "./record-batch.ts";

interface Options {
  epoch?: number;
  count?: number;
  baseOffset?: number;
  attributes?: number;
}

function batch(baseSequence: number, options: Options = {}): BatchHeader {
  const { epoch = 0, count = 1, baseOffset = 0, attributes = 0 } = options;
  const values = Array.from({ length: count }, () => "x");
  const producer = { producerId: 1, producerEpoch: epoch, baseSequence };
  const header = readBatchHeader(createBatch({ values, attributes, ...producer }));
  return { ...header, baseOffset, lastOffset: baseOffset + count - 1 };
}

/** What it makes of a batch: the offset of a duplicate, or an error code. */
function check(states: ProducerStates, header: BatchHeader, mustBegin = false): unknown {
  const verdict = states.check(header, mustBegin);
  if (verdict.kind === "duplicate") return `duplicate of ${verdict.batch.baseOffset}`;
  return verdict.kind === "refuse" ? verdict.errorCode : verdict.kind;
}

const { INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, NONE } = errorCodes;
const { OUT_OF_ORDER_SEQUENCE_NUMBER, TRANSACTION_COORDINATOR_FENCED } = errorCodes;

test("ProducerStates.check() takes sequences in order and knows the last five batches", () => {
  const states = new ProducerStates();
  for (let at = 0; at < 6; at++) {
    states.record(batch(2 * at, { count: 2, baseOffset: 100 + 2 * at }));
  }
  expect({
    next: check(states, batch(12)),
    gap: check(states, batch(13)),
    last: check(states, batch(10, { count: 2 })),
    fifthLast: check(states, batch(2, { count: 2 })),
    forgotten: check(states, batch(0, { count: 2 })),
    otherLength: check(states, batch(10, { count: 1 })),
    unknownProducer: check(states, { ...batch(5), producerId: 2 }),
    unknownMustBegin: check(states, { ...batch(5), producerId: 2 }, true),
    notIdempotent: check(states, { ...batch(-1), producerId: -1 }),
  }).toEqual({
    next: "append",
    gap: OUT_OF_ORDER_SEQUENCE_NUMBER,
    last: "duplicate of 110",
    fifthLast: "duplicate of 102",
    forgotten: OUT_OF_ORDER_SEQUENCE_NUMBER,
    otherLength: OUT_OF_ORDER_SEQUENCE_NUMBER,
    unknownProducer: "append",
    unknownMustBegin: OUT_OF_ORDER_SEQUENCE_NUMBER,
    notIdempotent: "append",
  });
});

test("ProducerStates.check() begins again at 0 when the epoch rises, and refuses older epochs", () => {
  const states = new ProducerStates();
  states.record(batch(0, { epoch: 1, count: 3 }));
  expect([
    check(states, batch(3, { epoch: 0 })),
    check(states, batch(3, { epoch: 2 })),
    check(states, batch(0, { epoch: 2 })),
  ]).toEqual([INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, "append"]);
});

test("ProducerStates.check() goes on at 0 when sequences have come round", () => {
  const states = new ProducerStates();
  states.record(batch(0x7ffffffe, { count: 3 })); // The last one has sequence 0.
  expect([check(states, batch(1)), check(states, batch(0x7ffffffe, { count: 3 }))]).toEqual([
    "append",
    "duplicate of 0",
  ]);
});

const transactional = attributeBits.transactional;
const end = { producerId: 1, producerEpoch: 0, coordinatorEpoch: 3, timestamp: 5_000 };

test("ProducerStates knows the oldest open transaction until its marker comes", () => {
  const states = new ProducerStates();
  states.record(batch(0, { baseOffset: 10, attributes: transactional }));
  states.record({ ...batch(0, { baseOffset: 11, attributes: transactional }), producerId: 2 });
  states.record(batch(1, { baseOffset: 12, attributes: transactional }));
  const steps = [
    states.firstOpenOffset,
    check(states, batch(2)),
    states.end(end),
    states.firstOpenOffset,
    states.end(end),
    states.end({ ...end, producerId: 2 }),
    states.firstOpenOffset,
  ];
  expect(steps).toEqual([10, INVALID_TXN_STATE, 10, 11, undefined, 11, undefined]);
});

test("ProducerStates.checkMarker() refuses what older producers and coordinators wrote", () => {
  const states = new ProducerStates();
  states.record(batch(0, { epoch: 2, attributes: transactional }));
  const marker = { ...end, producerEpoch: 2 };
  const codes = [
    states.checkMarker({ ...marker, producerEpoch: 1 }),
    states.checkMarker(marker),
    states.end(marker) === 0 ? states.checkMarker({ ...marker, coordinatorEpoch: 2 }) : "no end",
    states.checkMarker({ ...marker, producerId: 9, producerEpoch: 0 }),
  ];
  expect(codes).toEqual([INVALID_PRODUCER_EPOCH, NONE, TRANSACTION_COORDINATOR_FENCED, NONE]);
});

test("ProducerStates.check() wants sequence 0 when a marker has raised the epoch", () => {
  const states = new ProducerStates();
  states.record(batch(0, { count: 3, attributes: transactional }));
  states.end({ ...end, producerEpoch: 1 });
  expect([
    check(states, batch(3, { epoch: 1 })),
    check(states, batch(0, { epoch: 1 })),
    check(states, batch(3, { epoch: 0 })),
  ]).toEqual([OUT_OF_ORDER_SEQUENCE_NUMBER, "append", INVALID_PRODUCER_EPOCH]);
});

test("ProducerStates.forgetBefore() forgets who was idle, but not with a transaction", () => {
  const states = new ProducerStates();
  states.record(batch(0));
  states.record({ ...batch(0, { attributes: transactional }), producerId: 2 });
  states.record({ ...batch(0), producerId: 3, maxTimestamp: 2_000 });
  states.forgetBefore(1_000);
  expect([...states.states.keys()]).toEqual([2, 3]);
});

test("ProducerStates bounds how many producers it knows, but not those with a transaction", () => {
  const states = new ProducerStates();
  states.record({ ...batch(0, { attributes: transactional }), producerId: 0 });
  for (let producerId = 1; producerId <= 10_001; producerId++) {
    states.record({ ...batch(0), producerId });
  }
  const known = [0, 1, 2, 3].map((producerId) => states.states.has(producerId));
  expect([states.states.size, known]).toEqual([10_000, [true, false, false, true]]);
});

test("ProducerStates ends each of more transactions than producers that it knows otherwise", () => {
  const states = new ProducerStates();
  const count = 10_001;
  const header = batch(0, { attributes: attributeBits.transactional });
  for (let id = 0; id < count; id++) {
    states.record({ ...header, producerId: id, baseOffset: id, lastOffset: id });
  }
  const end = { producerEpoch: 0, coordinatorEpoch: 0, timestamp: 0 };
  for (let id = 0; id < count; id++) states.end({ ...end, producerId: id });
  expect(states.firstOpenOffset).toBeUndefined();
});

test("ProducerStates.load() gives what encode() gave, through JSON", () => {
  const states = new ProducerStates();
  states.record(batch(0, { baseOffset: 7, attributes: transactional }));
  states.record({ ...batch(4, { baseOffset: 3, attributes: transactional }), producerId: 2 });
  const loaded = new ProducerStates();
  loaded.load(JSON.parse(JSON.stringify(states.encode())));
  expect({ ...loaded, states: loaded.states, first: loaded.firstOpenOffset }).toEqual({
    ...states,
    states: states.states,
    first: 3,
  });
});
