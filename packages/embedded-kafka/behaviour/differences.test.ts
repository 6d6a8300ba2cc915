// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Difference, differenceOf, differences } from "./differences.ts";

test("differences from Apache Kafka 4.3.1 are in the README, word for word", () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const reasons = (Object.keys(differences) as Difference[])
    .map((name) => differenceOf(name))
    .filter(({ kafka, embedded }) => kafka.includes("4.3.1") !== embedded)
    .map(({ why }) => why);
  expect(reasons.filter((why) => !readme.includes(why))).toEqual([]);
  expect(reasons.length).toBeGreaterThan(0);
});
