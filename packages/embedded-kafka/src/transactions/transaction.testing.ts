// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { none, type Transaction } from "./transaction.ts";

/** A transaction of producer 7 in epoch 3, which has one partition. */
export function createTransaction(changes: Partial<Transaction> = {}): Transaction {
  return {
    id: "payments",
    state: "Ongoing",
    producerId: 7,
    producerEpoch: 3,
    previousProducerId: 7,
    lastProducerEpoch: none,
    nextProducerId: none,
    timeoutMs: 60_000,
    partitions: [{ topic: "orders", partition: 0 }],
    groups: [],
    startMs: 1000,
    updatedMs: 1000,
    ...changes,
  };
}
