// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createMemoryStorage } from "../storage/storage.ts";
import { OffsetStore } from "./offset-store.ts";
import type { NewOffset } from "./offset-table.ts";

function setUp() {
  const journal = createMemoryStorage("cluster").journal("offsets");
  return { journal, store: new OffsetStore(journal) };
}

function at(offset: bigint, changes: Partial<NewOffset> = {}): NewOffset {
  return { topic: "t", partition: 0, offset, leaderEpoch: 3, metadata: "note", ...changes };
}

test("OffsetStore finds what was committed, also after a restart", () => {
  const { journal, store } = setUp();
  store.commit("g", [at(5n), at(2n ** 62n, { partition: 1, metadata: null })], 1_000);
  store.commit("g", [at(6n, { expiresAtMs: 9_000 })], 2_000);
  const found = (of: OffsetStore) => [
    of.get("g", "t", 0),
    of.get("g", "t", 1),
    of.get("h", "t", 0),
  ];
  expect(found(store)).toEqual([
    expect.objectContaining({
      offset: 6n,
      leaderEpoch: 3,
      metadata: "note",
      committedAtMs: 2_000,
      expiresAtMs: 9_000,
    }),
    expect.objectContaining({ offset: 2n ** 62n, metadata: "", committedAtMs: 1_000 }),
    undefined,
  ]);
  expect(found(new OffsetStore(journal))).toEqual(found(store));
});

test("OffsetStore.complete() shows the offsets of a transaction that commits, and no others", () => {
  const { store } = setUp();
  store.commit("g", [at(1n), at(1n, { partition: 1 })], 0);
  store.commit("g", [at(5n)], 0, 7);
  store.commit("g", [at(6n, { partition: 1 })], 0, 8);
  const open = [
    store.get("g", "t", 0)?.offset,
    store.isPending("g", "t", 0),
    store.hasPending("g"),
  ];
  store.complete(7, true);
  store.complete(8, false);
  store.complete(9, true);
  expect([
    open,
    store.get("g", "t", 0)?.offset,
    store.get("g", "t", 1)?.offset,
    store.hasPending("g"),
  ]).toEqual([[1n, true, true], 5n, 1n, false]);
});

test("OffsetStore.complete() keeps a plain commit that came after the transaction's", () => {
  const { journal, store } = setUp();
  store.commit("g", [at(5n)], 0, 7);
  store.commit("g", [at(6n)], 0);
  const restarted = new OffsetStore(journal);
  restarted.complete(7, true);
  expect(restarted.get("g", "t", 0)?.offset).toBe(6n);
});

test("OffsetStore keeps the offsets of open transactions over a restart", () => {
  const { journal, store } = setUp();
  store.commit("g", [at(5n)], 0, 7);
  const restarted = new OffsetStore(journal);
  const before = [restarted.get("g", "t", 0), restarted.isPending("g", "t", 0)];
  restarted.complete(7, true);
  expect([before, restarted.get("g", "t", 0)?.offset, restarted.groupIds()]).toEqual([
    [undefined, true],
    5n,
    new Set(["g"]),
  ]);
});

test("OffsetStore.remove() forgets offsets, those of open transactions too", () => {
  const { journal, store } = setUp();
  store.commit("g", [at(5n), at(6n, { topic: "u" })], 0);
  store.commit("g", [at(7n), at(8n, { topic: "u" })], 0, 7);
  store.remove(({ topic }) => topic === "t");
  store.complete(7, true);
  expect([store.get("g", "t", 0), store.get("g", "u", 0)?.offset, journal.entries.size]).toEqual([
    undefined,
    8n,
    1,
  ]);
});

test("OffsetStore changes nothing when it cannot save", () => {
  const journal = {
    entries: new Map(),
    save() {
      throw new Error("no space left on device");
    },
  };
  const store = new OffsetStore(journal);
  expect(() => store.commit("g", [at(5n)], 0)).toThrow("no space left");
  expect(store.ofGroup("g").size).toBe(0);
});
