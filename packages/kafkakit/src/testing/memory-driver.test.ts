// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import { driverConformance } from "./conformance.ts";
import { createMemoryDriver } from "./memory-driver.ts";
import { createTestClock } from "./test-clock.ts";

describe("createMemoryDriver() keeps to the driver's contract", () => {
  const away = createMemoryDriver();
  away.fail("connect", { times: 1000 });
  away.fail("progress", { times: 1000 });
  const target = {
    driver: createMemoryDriver(),
    away,
    sendsNullHeaders: true,
    refusesUnknownTopics: true,
  };
  for (const { name, applies, run } of driverConformance) {
    test.runIf(applies(target))(name, () => run(target));
  }
});

test("advance() runs what is due in order of time, also what becomes due on the way", async () => {
  const clock = createTestClock(1000);
  const log: string[] = [];
  const note = (name: string) => () => log.push(`${name}@${clock.now()}`);
  clock.after(20, note("b"));
  clock.after(10, () => {
    note("a")();
    clock.after(5, note("c"));
  });
  clock.after(10, note("cancelled"))();
  await clock.advance(30);
  expect([log, clock.now()]).toEqual([["a@1010", "c@1015", "b@1020"], 1030]);
});
