// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { Coordinators } from "../cluster/coordinators.ts";
import { errorNameOf } from "../error-name.testing.ts";
import { ManualClock } from "../manual-clock.testing.ts";
import { createFillingStorage } from "../storage/filling-storage.testing.ts";
import { createMemoryStorage, type Storage } from "../storage/storage.ts";
import type { Transaction } from "./transaction.ts";
import { type Participants, TransactionCoordinator } from "./transaction-coordinator.ts";

const orders = { topic: "orders", partition: 0 };
const invoices = { topic: "invoices", partition: 0 };
const day = 24 * 60 * 60 * 1000;

/** Participants that note what they are told, and of which some cannot be told anything. */
class Told implements Participants {
  readonly told: string[] = [];
  deaf = new Set<string>();

  tell({ producerEpoch, state, partitions, groups }: Transaction) {
    const isDeaf = (name: string) => this.deaf.has(name);
    const heard = [...partitions.map(({ topic }) => topic), ...groups].filter(
      (each) => !isDeaf(each),
    );
    this.told.push(...heard.map((name) => `${state} ${producerEpoch} ${name}`));
    return {
      partitions: partitions.filter(({ topic }) => isDeaf(topic)),
      groups: groups.filter(isDeaf),
    };
  }
}

function setUp(storage: Storage = createMemoryStorage("id"), clock = new ManualClock()) {
  const participants = new Told();
  const logged: string[] = [];
  const note = (message: string) => logged.push(message);
  const logger = { debug: note, info: note, warn: note, error: note };
  const coordinators = new Coordinators([0], storage.journal("cluster"), logger);
  const transactions = new TransactionCoordinator({
    ...{ storage, clock, logger, coordinators, participants },
  });
  transactions.start();
  const begin = (timeoutMs = 60_000) => {
    const producer = transactions.init({ id: "payments", timeoutMs });
    const added = transactions.add("payments", producer, { partitions: [orders] });
    expect([producer.errorCode, added]).toEqual([0, 0]);
    return producer;
  };
  return { storage, clock, participants, logged, coordinators, transactions, begin };
}

test("end() tells everyone who took part, once", () => {
  const { transactions, participants, begin } = setUp();
  const producer = begin();
  const partitions = [orders, invoices, { ...invoices }];
  transactions.add("payments", producer, { partitions, groups: ["workers"] });
  transactions.add("payments", producer, { groups: ["workers", "auditors"] });
  const ended = transactions.end("payments", { ...producer, isCommit: true, bumpsEpoch: true });
  expect(ended).toEqual({ errorCode: 0, producerId: producer.producerId, producerEpoch: 1 });
  expect(participants.told).toEqual([
    "PrepareCommit 1 orders",
    "PrepareCommit 1 invoices",
    "PrepareCommit 1 workers",
    "PrepareCommit 1 auditors",
  ]);
  expect(transactions.get("payments")).toMatchObject({
    state: "CompleteCommit",
    partitions: [],
    groups: [],
  });
});

test("end() leaves a transaction prepared until all have been told, and asks only those left", () => {
  const { transactions, participants, clock, begin } = setUp();
  const producer = begin();
  transactions.add("payments", producer, { partitions: [invoices], groups: ["workers"] });
  participants.deaf = new Set(["invoices"]);
  transactions.end("payments", { ...producer, isCommit: false, bumpsEpoch: false });
  expect(transactions.get("payments")).toMatchObject({
    state: "PrepareAbort",
    partitions: [invoices],
    groups: [],
  });
  expect(errorNameOf(transactions.add("payments", producer, { partitions: [orders] }))).toBe(
    "CONCURRENT_TRANSACTIONS",
  );
  participants.told.length = 0;
  participants.deaf.clear();
  transactions.resume();
  expect(participants.told).toEqual(["PrepareAbort 0 invoices"]);
  expect(transactions.get("payments")?.state).toBe("CompleteAbort");
  clock.advance(10_000);
  expect(participants.told).toHaveLength(1);
});

test("end() tries again by itself when nobody says that a participant is back", () => {
  const { transactions, participants, clock, begin } = setUp();
  const producer = begin();
  participants.deaf = new Set(["orders"]);
  transactions.end("payments", { ...producer, isCommit: true, bumpsEpoch: false });
  participants.deaf.clear();
  clock.advance(1000);
  expect(transactions.get("payments")?.state).toBe("CompleteCommit");
});

test("init() aborts an open transaction first, which fences its producer", () => {
  const { transactions, participants, begin } = setUp();
  const first = begin();
  const asked = () => transactions.init({ id: "payments", timeoutMs: 60_000 });
  expect(errorNameOf(asked().errorCode)).toBe("CONCURRENT_TRANSACTIONS");
  expect(participants.told).toEqual(["PrepareAbort 1 orders"]);
  expect(asked()).toEqual({ ...first, producerEpoch: 2 });
  const request = { ...first, isCommit: true, bumpsEpoch: true };
  const codes = [
    transactions.end("payments", request).errorCode,
    transactions.add("payments", first, { partitions: [orders] }),
    ...transactions.verify("payments", first, [orders]),
    transactions.verifyGroup("payments", first, "workers"),
  ];
  expect(codes.map(errorNameOf)).toEqual(Array(4).fill("PRODUCER_FENCED"));
});

test.each([0, -1, 900_001])("init() refuses a timeout of %i ms", (timeoutMs) => {
  const { errorCode } = setUp().transactions.init({ id: "payments", timeoutMs });
  expect(errorNameOf(errorCode)).toBe("INVALID_TRANSACTION_TIMEOUT");
});

test("init() gives every producer without a transactional id another producer id", () => {
  const { transactions } = setUp();
  const ids = [0, 1, 2].map(() => transactions.init({ id: null, timeoutMs: -1 }).producerId);
  expect(new Set(ids).size).toBe(3);
});

test("verify() tells what the transaction has from what it has not", () => {
  const { transactions, begin } = setUp();
  const producer = begin();
  const codes = transactions.verify("payments", producer, [orders, invoices]);
  expect(codes.map(errorNameOf)).toEqual(["NONE", "TRANSACTION_ABORTABLE"]);
});

test("a transaction is aborted when it takes longer than its timeout", () => {
  const { transactions, participants, clock, begin } = setUp();
  begin(5000);
  clock.advance(4999);
  expect(participants.told).toEqual([]);
  clock.advance(1);
  expect(participants.told).toEqual(["PrepareAbort 1 orders"]);
  expect(transactions.get("payments")).toMatchObject({ state: "CompleteAbort", producerEpoch: 1 });
});

test("an id that nobody uses for a week is forgotten, an open transaction is not", () => {
  const { transactions, clock, begin } = setUp();
  transactions.init({ id: "idle", timeoutMs: 1000 });
  const producer = begin(900_000);
  clock.advance(800_000);
  transactions.end("payments", { ...producer, isCommit: true, bumpsEpoch: false });
  clock.advance(7 * day - 800_000);
  expect([...transactions.transactions].map(({ id }) => id)).toEqual(["payments"]);
  clock.advance(800_000);
  expect([...transactions.transactions]).toEqual([]);
});

test("a restart goes on with what was open, at the timeout that it had", () => {
  const before = setUp();
  const producer = before.begin(5000);
  before.clock.advance(2000);
  before.transactions.close();
  const after = setUp(before.storage, before.clock);
  expect(after.transactions.verify("payments", producer, [orders])).toEqual([0]);
  after.clock.advance(2999);
  expect(after.transactions.get("payments")?.state).toBe("Ongoing");
  after.clock.advance(1);
  expect(after.participants.told).toEqual(["PrepareAbort 1 orders"]);
});

test("a restart completes what was prepared", () => {
  const before = setUp();
  const producer = before.begin();
  before.participants.deaf = new Set(["orders"]);
  before.transactions.end("payments", { ...producer, isCommit: true, bumpsEpoch: true });
  before.transactions.close();
  const after = setUp(before.storage, before.clock);
  expect(after.participants.told).toEqual(["PrepareCommit 1 orders"]);
  expect(after.transactions.get("payments")?.state).toBe("CompleteCommit");
});

test("nothing happens while nobody coordinates an id, and all of it later", () => {
  const { transactions, participants, coordinators, clock, begin } = setUp();
  const producer = begin(5000);
  coordinators.elect(() => false);
  clock.advance(10_000);
  expect(participants.told).toEqual([]);
  expect(errorNameOf(transactions.verify("payments", producer, [orders])[0] as number)).toBe(
    "COORDINATOR_NOT_AVAILABLE",
  );
  coordinators.elect(() => true);
  clock.advance(1000);
  expect(participants.told).toEqual(["PrepareAbort 1 orders"]);
});

test("a step that cannot be saved changes nothing and is answered with an error", () => {
  const storage = createFillingStorage();
  const { transactions, participants, clock, logged, begin } = setUp(storage);
  const producer = begin(5000);
  const saved = transactions.get("payments");
  storage.isFull = true;
  const request = { ...producer, isCommit: true, bumpsEpoch: true };
  const codes = [
    transactions.init({ id: "other", timeoutMs: 1000 }).errorCode,
    transactions.add("payments", producer, { partitions: [invoices] }),
    transactions.end("payments", request).errorCode,
  ];
  clock.advance(10_000);
  expect(codes.map(errorNameOf)).toEqual(Array(3).fill("COORDINATOR_NOT_AVAILABLE"));
  expect([transactions.get("payments"), participants.told]).toEqual([saved, []]);
  expect(new Set(logged)).toEqual(new Set(["Cannot save a step of a transaction"]));
  storage.isFull = false;
  clock.advance(1000);
  expect(participants.told).toEqual(["PrepareAbort 1 orders"]);
});
