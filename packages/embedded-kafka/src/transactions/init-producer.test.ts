// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorNameOf } from "../error-name.testing.ts";
import { initProducer } from "./init-producer.ts";
import { createTransaction } from "./transaction.testing.ts";
import type { ProducerIdentity, Transaction } from "./transaction.ts";

const request = { id: "payments", timeoutMs: 5000 };

/** What is decided: the name of an error, "abort", or the producer's id and epoch. */
function decide(current: Transaction | undefined, expected?: [id: number, epoch: number]) {
  const [producerId = 0, producerEpoch = 0] = expected ?? [];
  const known: ProducerIdentity = { producerId, producerEpoch };
  const asked = { ...request, ...(expected && { expected: known }) };
  const decided = initProducer(current, asked, () => 100, 2000);
  if (decided === "abort") return decided;
  if (typeof decided === "number") return errorNameOf(decided);
  return [decided.producerId, decided.producerEpoch];
}

test("initProducer() gives a new id its first epoch, whatever the producer was", () => {
  expect([decide(undefined), decide(undefined, [7, 3])]).toEqual([
    [100, 0],
    [100, 0],
  ]);
});

test("initProducer() waits for a transaction that is being ended, and aborts an open one", () => {
  const of = (state: Transaction["state"]) => decide(createTransaction({ state }));
  expect([of("PrepareCommit"), of("PrepareAbort"), of("Ongoing"), of("CompleteCommit")]).toEqual([
    "CONCURRENT_TRANSACTIONS",
    "CONCURRENT_TRANSACTIONS",
    "abort",
    [7, 4],
  ]);
});

test("initProducer() starts anew with the timeout that was asked for", () => {
  const current = createTransaction({ state: "CompleteCommit" });
  expect(initProducer(current, request, () => 100, 2000)).toEqual(
    createTransaction({
      state: "Empty",
      producerEpoch: 4,
      timeoutMs: 5000,
      partitions: [],
      startMs: -1,
      updatedMs: 2000,
    }),
  );
});

test("initProducer() lets a producer go on when nobody else has the id (KIP-360)", () => {
  const current = createTransaction({ state: "CompleteCommit", lastProducerEpoch: 2 });
  // Its epoch, a retry of what gave it the epoch, an older one, a newer one, another producer.
  const expected: [number, number][] = [
    [7, 3],
    [7, 2],
    [7, 1],
    [7, 4],
    [8, 3],
  ];
  expect(expected.map((each) => decide(current, each))).toEqual([
    [7, 4],
    [7, 3],
    "PRODUCER_FENCED",
    "PRODUCER_FENCED",
    "PRODUCER_FENCED",
  ]);
});

test("initProducer() gives another producer id when epochs run out", () => {
  const current = createTransaction({ state: "CompleteAbort", producerEpoch: 32_766 });
  expect([decide(current), decide(current, [7, 32_766])]).toEqual([
    [100, 0],
    [100, 0],
  ]);
  // The retry of one whose answer was lost comes with the id that it had.
  const next = createTransaction({
    state: "Empty",
    producerId: 100,
    producerEpoch: 0,
    previousProducerId: 7,
    lastProducerEpoch: 32_766,
  });
  expect([decide(next, [7, 32_766]), decide(next, [7, 32_765])]).toEqual([
    [100, 0],
    "PRODUCER_FENCED",
  ]);
});
