// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { OffsetTracker } from "./offset-tracker.ts";

test("OffsetTracker moves its watermark only over what is done without a gap", () => {
  const tracker = new OffsetTracker();
  // 12 is missing, as in a compacted topic; 20 and what follows it are control records.
  const [a, b, c, d] = [11n, 12n, 14n, 23n].map((next) => tracker.add(next));
  const dump = [tracker.watermark];
  for (const entry of [c, a, d, b]) {
    const moved = tracker.finish(entry as NonNullable<typeof entry>);
    dump.push(moved ? tracker.watermark : undefined);
  }
  expect([dump, tracker.size]).toEqual([[undefined, undefined, 11n, undefined, 23n], 0]);
});

test("OffsetTracker keeps its place over many records, whatever the order they finish in", () => {
  const tracker = new OffsetTracker();
  const entries = Array.from({ length: 5000 }, (_, n) => tracker.add(BigInt(n + 1)));
  for (let n = 1; n < 5000; n += 2) tracker.finish(entries[n] as (typeof entries)[0]);
  for (let n = 0; n < 4000; n += 2) tracker.finish(entries[n] as (typeof entries)[0]);
  expect([tracker.watermark, tracker.size]).toEqual([4000n, 1000]);
  for (let n = 4000; n < 5000; n += 2) tracker.finish(entries[n] as (typeof entries)[0]);
  expect([tracker.watermark, tracker.size]).toEqual([5000n, 0]);
});
