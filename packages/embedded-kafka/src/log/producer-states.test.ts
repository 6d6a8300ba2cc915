// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorCodes } from "../protocol/error-codes.ts";
import { ProducerStates } from "./producer-states.ts";
import { createBatch } from "./record-batch.testing.ts";
import { type BatchHeader, readBatchHeader } from "./record-batch.ts";

function batch(baseSequence: number, { epoch = 0, count = 1, baseOffset = 0 } = {}): BatchHeader {
  const values = Array.from({ length: count }, () => "x");
  const bytes = createBatch({ values, producerId: 1, producerEpoch: epoch, baseSequence });
  return { ...readBatchHeader(bytes), baseOffset };
}

test("ProducerStates.check() takes sequences in order and knows the last five batches", () => {
  const states = new ProducerStates();
  for (let at = 0; at < 6; at++) states.record(batch(2 * at, { count: 2, baseOffset: 100 + at }));
  const refused = { kind: "refuse", errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER };
  expect({
    next: states.check(batch(12)),
    gap: states.check(batch(13)),
    last: states.check(batch(10, { count: 2 })),
    fifthLast: states.check(batch(2, { count: 2 })),
    forgotten: states.check(batch(0, { count: 2 })),
    otherLength: states.check(batch(10, { count: 1 })),
    unknownProducer: states.check({ ...batch(5), producerId: 2 }),
    notIdempotent: states.check({ ...batch(-1), producerId: -1 }),
  }).toEqual({
    next: { kind: "append" },
    gap: refused,
    last: { kind: "duplicate", baseOffset: 105 },
    fifthLast: { kind: "duplicate", baseOffset: 101 },
    forgotten: refused,
    otherLength: refused,
    unknownProducer: { kind: "append" },
    notIdempotent: { kind: "append" },
  });
});

test("ProducerStates.check() begins again at 0 when the epoch rises, and refuses older epochs", () => {
  const states = new ProducerStates();
  states.record(batch(0, { epoch: 1, count: 3 }));
  expect([
    states.check(batch(3, { epoch: 0 })),
    states.check(batch(3, { epoch: 2 })),
    states.check(batch(0, { epoch: 2 })),
  ]).toEqual([
    { kind: "refuse", errorCode: errorCodes.INVALID_PRODUCER_EPOCH },
    { kind: "refuse", errorCode: errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER },
    { kind: "append" },
  ]);
});

test("ProducerStates.check() goes on at 0 when sequences have come round", () => {
  const states = new ProducerStates();
  states.record(batch(0x7ffffffe, { count: 3 })); // The last one has sequence 0.
  expect([states.check(batch(1)), states.check(batch(0x7ffffffe, { count: 3 }))]).toEqual([
    { kind: "append" },
    { kind: "duplicate", baseOffset: 0 },
  ]);
});
