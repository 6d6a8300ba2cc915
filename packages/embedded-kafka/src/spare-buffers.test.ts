// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { SpareBuffers } from "./spare-buffers.ts";

const kib = 1024;

test("SpareBuffers.take() gives the same memory again when it was given back", () => {
  const spare = new SpareBuffers();
  const first = spare.take(100 * kib);
  const other = spare.take(100 * kib);
  spare.giveBack(first.subarray(7, 9));
  const again = spare.take(128 * kib);
  expect([
    first.length,
    other.buffer === first.buffer,
    again.buffer === first.buffer,
    again.length,
  ]).toEqual([100 * kib, false, true, 128 * kib]);
});

test("SpareBuffers.take() gives memory to one alone when it is given back twice", () => {
  const spare = new SpareBuffers();
  const first = spare.take(100 * kib);
  spare.giveBack(first);
  spare.giveBack(first);
  expect(spare.take(100 * kib).buffer).not.toBe(spare.take(100 * kib).buffer);
});

test("SpareBuffers.giveBack() lets buffers alone when they are small, huge or of others", () => {
  const spare = new SpareBuffers();
  const buffers = [spare.take(1), spare.take(17 * kib * kib), Buffer.alloc(128 * kib)];
  const areLent = buffers.map((buffer) => spare.isLent(buffer));
  for (const buffer of buffers) spare.giveBack(buffer);
  const taken = [spare.take(1), spare.take(17 * kib * kib), spare.take(128 * kib)];
  expect([areLent, taken.some((one, at) => one.buffer === buffers[at]?.buffer && at > 0)]).toEqual([
    [false, false, false],
    false,
  ]);
});

test("SpareBuffers.giveBack() keeps 32 MiB when more comes", () => {
  const spare = new SpareBuffers();
  const all = Array.from({ length: 10 }, () => spare.take(4 * kib * kib));
  const before = new Set(all.map(({ buffer }) => buffer));
  for (const each of all) spare.giveBack(each);
  const after = all.map(() => spare.take(4 * kib * kib));
  expect(after.filter(({ buffer }) => before.has(buffer))).toHaveLength(8);
});
