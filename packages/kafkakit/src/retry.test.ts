// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { exponential } from "./retry.ts";

const waits = (policy: ReturnType<typeof exponential>, attempts: number) =>
  Array.from({ length: attempts }, (_, n) => policy(n + 1, new Error()));

test("exponential() doubles the wait up to maxMs, and ends with the attempts", () => {
  const policy = exponential({ attempts: 6, initialMs: 100, maxMs: 1000, jitter: 0 });
  expect(waits(policy, 6)).toEqual([100, 200, 400, 800, 1000, undefined]);
});

test("exponential() spreads the wait by the jitter, both ways, never past maxMs", () => {
  const options = { initialMs: 1000, maxMs: 1500, jitter: 0.2 };
  const least = exponential({ ...options, random: () => 0 });
  const most = exponential({ ...options, random: () => 0.999999 });
  expect([least(1, ""), Math.round(most(1, "") ?? 0), most(2, "")]).toEqual([800, 1200, 1500]);
});

test("exponential() makes 5 attempts by default", () => {
  expect(waits(exponential({ random: () => 0.5 }), 5)).toEqual([500, 1000, 2000, 4000, undefined]);
});

test.each([0, -1, 1.5, Number.NaN])("exponential() refuses %d attempts", (attempts) => {
  expect(() => exponential({ attempts })).toThrow(
    `Cannot retry as 'attempts' must be a positive integer: current value is ${attempts}`,
  );
});
