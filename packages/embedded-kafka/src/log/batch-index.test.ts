// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { BatchIndex } from "./batch-index.ts";

/** Three records and 100 bytes a batch, times that fall and rise. */
function fill(length: number): BatchIndex {
  const index = new BatchIndex(5_000_000_000);
  for (let at = 0; at < length; at++) {
    index.push(5_000_000_000 + 3 * at, 100 * at, (at * 37) % length);
  }
  return index;
}

function answers(index: BatchIndex): unknown {
  return {
    length: index.length,
    offsets: [-1, 0, 2, 3, 299, 2_997, 9_999].map((at) => index.byOffset(5_000_000_000 + at)),
    positions: [-1, 0, 99, 100, 99_900, 1_000_000].map((at) => index.byPosition(at)),
    last: [index.position(999), index.offset(999), index.position(1_000), index.offset(1_000)],
  };
}

test("BatchIndex finds batches by offset and position, also once it was encoded", () => {
  const index = fill(1_000);
  const expected = {
    length: 1_000,
    offsets: [-1, 0, 0, 1, 99, 999, 999],
    positions: [-1, 0, 0, 1, 999, 999],
    last: [99_900, 5_000_002_997, undefined, undefined],
  };
  const decoded = new BatchIndex(5_000_000_000, index.encode(), 1_000);
  expect([answers(index), answers(decoded)]).toEqual([expected, expected]);
  decoded.push(5_000_003_000, 100_000, 7);
  expect([decoded.length, decoded.byOffset(5_000_003_001)]).toEqual([1_001, 1_000]);
});

test("BatchIndex.byTimestamp() leaves out no batch that may have a record of the time", () => {
  const index = fill(1_000);
  const wrong: number[] = [];
  for (let time = 0; time < 1_000; time += 13) {
    const found = new Set(index.byTimestamp(time));
    for (let at = 0; at < 1_000; at++) {
      if ((at * 37) % 1_000 >= time && !found.has(at)) wrong.push(time);
    }
  }
  expect([wrong, [...index.byTimestamp(1_000)]]).toEqual([[], []]);
});

test("BatchIndex is empty when nothing was pushed, and when that was encoded", () => {
  const index = new BatchIndex(7, new BatchIndex(7).encode(), 0);
  expect([index.length, index.byOffset(9), index.byPosition(0), [...index.byTimestamp(0)]]).toEqual(
    [0, -1, -1, []],
  );
});
