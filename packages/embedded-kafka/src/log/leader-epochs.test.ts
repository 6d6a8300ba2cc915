// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { LeaderEpochs } from "./leader-epochs.ts";

test("LeaderEpochs.begin() takes rising epochs, and forgets those that appended nothing", () => {
  const epochs = new LeaderEpochs();
  const isNew = [epochs.begin(0, 0), epochs.begin(2, 5), epochs.begin(2, 9), epochs.begin(1, 9)];
  epochs.begin(3, 9);
  epochs.begin(4, 9);
  expect([isNew, epochs.latest, epochs.starts]).toEqual([
    [true, true, false, false],
    4,
    [
      [0, 0],
      [2, 5],
      [4, 9],
    ],
  ]);
});

test("LeaderEpochs.deleteBefore() keeps the epoch that the offset is in", () => {
  const starts = [
    [0, 0],
    [2, 5],
    [4, 9],
  ] as const;
  const left = [0, 4, 5, 7, 9, 20].map((offset) => {
    const epochs = new LeaderEpochs(starts);
    epochs.deleteBefore(offset);
    return epochs.starts;
  });
  expect(left).toEqual([
    starts,
    [[0, 4], starts[1], starts[2]],
    [[2, 5], starts[2]],
    [[2, 7], starts[2]],
    [[4, 9]],
    [[4, 20]],
  ]);
});

test("LeaderEpochs.endOf() knows nothing of epochs that have not begun", () => {
  const nothing = { leaderEpoch: -1, endOffset: -1 };
  expect([new LeaderEpochs().endOf(0, 7), new LeaderEpochs([[3, 2]]).endOf(4, 7)]).toEqual([
    nothing,
    nothing,
  ]);
  // An epoch before all that are known ends where they begin.
  expect(new LeaderEpochs([[3, 2]]).endOf(1, 7)).toEqual({ leaderEpoch: 1, endOffset: 2 });
});
