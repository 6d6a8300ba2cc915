// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { consoleLogger } from "../logger.ts";
import { createMemoryStorage } from "../storage/storage.ts";
import { Coordinators } from "./coordinators.ts";

const createJournal = () => createMemoryStorage("id").journal("cluster");

// The numbers that Java's hashCode() gives: 99162322, -969099747 and the least of all.
test.each([
  ["hello", 22],
  ["Hello World!", 47],
  ["polygenelubricants", 0],
])("Coordinators puts '%s' where Kafka does, in slot %i of 50", (id, slot) => {
  const journal = createJournal();
  const coordinators = new Coordinators([0, 1], journal, consoleLogger);
  const { leader } = coordinators.slotOf("group", id);
  coordinators.move("group", id, 1 - leader);
  expect([...journal.entries]).toEqual([[`group-${slot}`, { leader: 1 - leader, leaderEpoch: 1 }]]);
});

test("Coordinators spreads the slots over all nodes", () => {
  const coordinators = new Coordinators([0, 1, 2, 3], createJournal(), consoleLogger);
  const counts = [0, 0, 0, 0];
  for (let at = 0; at < 1_000; at++) {
    const node = coordinators.nodeOf("transaction", `transaction-${at}`);
    counts[node] = (counts[node] ?? 0) + 1;
  }
  expect(counts.every((count) => count > 150)).toBe(true);
});

test("Coordinators says what moved, and keeps it over a restart, also with fewer nodes", () => {
  const journal = createJournal();
  const coordinators = new Coordinators([0, 1, 2], journal, consoleLogger);
  const ids = Array.from({ length: 20 }, (_, at) => `group-${at}`);
  const nodes = (of: Coordinators) => ids.map((id) => of.nodeOf("group", id));
  const before = nodes(coordinators);
  const hasMoved = coordinators.elect((id) => id !== 1);
  const after = nodes(coordinators);
  expect(ids.map((id) => hasMoved("group", id))).toEqual(before.map((node) => node === 1));
  expect(after).toEqual(before.map((node) => (node === 1 ? 2 : node)));
  expect(nodes(new Coordinators([0, 1, 2], journal, consoleLogger))).toEqual(after);

  const alone = new Coordinators([0], journal, consoleLogger);
  const epochs = ids.map((id) => alone.slotOf("group", id).leaderEpoch);
  expect(nodes(alone)).toEqual(ids.map(() => 0));
  expect(epochs).toEqual(before.map((node) => (node === 1 ? 2 : 0)));
});

test("Coordinators knows none when none of an id's nodes runs, and gives it back", () => {
  const coordinators = new Coordinators([0], createJournal(), consoleLogger);
  coordinators.elect(() => false);
  const without = coordinators.nodeOf("group", "g");
  coordinators.elect(() => true);
  expect([without, coordinators.nodeOf("group", "g"), coordinators.slotOf("group", "g")]).toEqual([
    -1,
    0,
    expect.objectContaining({ leader: 0, leaderEpoch: 2 }),
  ]);
});
