// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { countsOf } from "./counts.ts";

const vitest = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };

test("countsOf() reads vitest's report, and counts as they are", () => {
  expect([countsOf(vitest, 0), countsOf({ passed: 3, failed: 2 }, 1), countsOf({}, 0)]).toEqual([
    { passed: 5, failed: 0, skipped: 2 },
    { passed: 3, failed: 2, skipped: 0 },
    { passed: 0, failed: 0, skipped: 0 },
  ]);
});

test("countsOf() counts a part as failed when only its exit code says so", () => {
  expect([countsOf(vitest, 1).failed, countsOf({}, 137).failed]).toEqual([1, 1]);
});
