// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createReadiness } from "./readiness.ts";

test("pending() is a problem until the part is there", () => {
  const readiness = createReadiness();

  const there = readiness.pending("store");
  const before = readiness.problems();
  there();

  expect([before, readiness.problems()]).toEqual([["store: starting"], []]);
});

test("check() takes the place of what is pending, and is asked at every probe", () => {
  const readiness = createReadiness();
  let problem: string | undefined;

  const there = readiness.pending("kafka");
  readiness.check("kafka", () => problem);
  there();
  const before = readiness.problems();
  problem = "no broker answers";

  expect([before, readiness.problems()]).toEqual([[], ["kafka: no broker answers"]]);
});
