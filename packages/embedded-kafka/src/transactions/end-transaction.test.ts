// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorNameOf } from "../error-name.testing.ts";
import { complete, endTransaction, fence } from "./end-transaction.ts";
import { createTransaction } from "./transaction.testing.ts";
import type { TransactionState } from "./transaction.ts";

const newProducerId = () => 100;

/** What is decided on an EndTxn request: the name of an error, or the state that it leads to. */
function decide(state: TransactionState, epoch: number, isCommit: boolean, bumpsEpoch: boolean) {
  const transaction = createTransaction({ state });
  const request = { producerId: 7, producerEpoch: epoch, isCommit, bumpsEpoch };
  const decided = endTransaction(transaction, request, newProducerId, 2000);
  if (typeof decided === "number") return errorNameOf(decided);
  return `${decided.state} ${decided.producerEpoch}`;
}

// As Apache Kafka 4.3.1 decides: with the current epoch, the one before, and one too new.
test.each([
  { state: "Empty", commit: ["INVALID_TXN_STATE"], abort: ["INVALID_TXN_STATE"] },
  { state: "Ongoing", commit: ["PrepareCommit 3"], abort: ["PrepareAbort 3"] },
  { state: "PrepareCommit", commit: ["CONCURRENT_TRANSACTIONS"], abort: ["INVALID_TXN_STATE"] },
  { state: "PrepareAbort", commit: ["INVALID_TXN_STATE"], abort: ["CONCURRENT_TRANSACTIONS"] },
  { state: "CompleteCommit", commit: ["NONE"], abort: ["INVALID_TXN_STATE"] },
  { state: "CompleteAbort", commit: ["INVALID_TXN_STATE"], abort: ["NONE"] },
] as const)("endTransaction() keeps the epoch when $state", ({ state, commit, abort }) => {
  const fenced = ["PRODUCER_FENCED", "PRODUCER_FENCED"];
  expect([3, 2, 4].map((epoch) => decide(state, epoch, true, false))).toEqual([
    ...commit,
    ...fenced,
  ]);
  expect([3, 2, 4].map((epoch) => decide(state, epoch, false, false))).toEqual([
    ...abort,
    ...fenced,
  ]);
});

const fenced = "PRODUCER_FENCED";
const invalid = "INVALID_TXN_STATE";
const concurrent = "CONCURRENT_TRANSACTIONS";
test.each([
  {
    state: "Empty",
    commit: [invalid, fenced, fenced],
    abort: ["PrepareAbort 4", fenced, fenced],
  },
  {
    state: "Ongoing",
    commit: ["PrepareCommit 4", fenced, fenced],
    abort: ["PrepareAbort 4", fenced, fenced],
  },
  {
    state: "PrepareCommit",
    commit: [fenced, concurrent, fenced],
    abort: [fenced, invalid, fenced],
  },
  {
    state: "PrepareAbort",
    commit: [fenced, invalid, fenced],
    abort: [fenced, concurrent, fenced],
  },
  {
    state: "CompleteCommit",
    commit: [invalid, "NONE", fenced],
    abort: ["PrepareAbort 4", invalid, fenced],
  },
  {
    state: "CompleteAbort",
    commit: [invalid, invalid, fenced],
    abort: ["PrepareAbort 4", "NONE", fenced],
  },
] as const)("endTransaction() bumps the epoch when $state", ({ state, commit, abort }) => {
  expect([3, 2, 4].map((epoch) => decide(state, epoch, true, true))).toEqual(commit);
  expect([3, 2, 4].map((epoch) => decide(state, epoch, false, true))).toEqual(abort);
});

test("endTransaction() refuses another producer id", () => {
  const request = { producerId: 8, producerEpoch: 3, isCommit: true, bumpsEpoch: false };
  const decide = (bumpsEpoch: boolean) =>
    errorNameOf(
      endTransaction(createTransaction(), { ...request, bumpsEpoch }, newProducerId, 0) as number,
    );
  expect([decide(false), decide(true)]).toEqual([
    "INVALID_PRODUCER_ID_MAPPING",
    "INVALID_PRODUCER_ID_MAPPING",
  ]);
});

test("endTransaction() gives another producer id when epochs run out, and knows the retry", () => {
  const transaction = createTransaction({ producerEpoch: 32_766 });
  const request = { producerId: 7, producerEpoch: 32_766, isCommit: true, bumpsEpoch: true };
  const prepared = endTransaction(transaction, request, newProducerId, 2000);
  expect(prepared).toMatchObject({ producerId: 7, producerEpoch: 32_767, nextProducerId: 100 });
  const completed = complete(prepared as typeof transaction, 3000);
  expect(completed).toMatchObject({
    state: "CompleteCommit",
    producerId: 100,
    producerEpoch: 0,
    partitions: [],
  });
  expect(endTransaction(completed, request, newProducerId, 4000)).toBe(0);
});

test("fence() bumps the epoch, and gives another producer id when epochs run out", () => {
  const fenced = fence(createTransaction(), newProducerId, 2000);
  expect(fenced).toMatchObject({ state: "PrepareAbort", producerEpoch: 4, nextProducerId: -1 });
  const last = fence(createTransaction({ producerEpoch: 32_766 }), newProducerId, 2000);
  expect(last).toMatchObject({ producerEpoch: 32_767, nextProducerId: 100 });
  expect(complete(last, 3000)).toMatchObject({ producerId: 100, producerEpoch: 0 });
});
