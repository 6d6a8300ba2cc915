// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { attack } from "./attack.ts";

test("the broker lives through thousands random and mangled requests", async () => {
  const damage = await attack(2_000, 7);
  expect(damage).toMatchObject({ errors: [], connections: 1, timers: 0 });
  expect(damage.witness.found).toEqual(damage.witness.acknowledged);
  expect(damage.witness.found.length).toBeGreaterThan(0);
  expect(damage.longestMs).toBeLessThan(5_000);
  expect(damage.heapGrowth).toBeLessThan(8 * 2 ** 20);
});
