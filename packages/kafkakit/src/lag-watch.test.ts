// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createKafkaApp } from "./app.ts";
import type { Driver, PartitionProgress } from "./driver.ts";
import { LagWatch } from "./lag-watch.ts";
import { silentLogger } from "./logger.ts";
import type { Middleware } from "./middleware.ts";
import { createMemoryDriver } from "./testing/memory-driver.ts";
import { createTestClock } from "./testing/test-clock.ts";

/** A watch of one partition whose broker answers these, one after the other. */
function watch(
  answers: (Pick<PartitionProgress, "start" | "end" | "committed"> | "never" | Error)[],
  startFrom: "earliest" | "latest" = "earliest",
) {
  const clock = createTestClock();
  const told: (number | string)[] = [];
  const note: Middleware = (next) => async (call) => {
    try {
      await next(call);
      if (call.kind === "lag") told.push(...call.partitions.map(({ lag }) => lag));
    } catch (reason) {
      told.push(String((reason as Error).message));
    }
  };
  const driver: Driver = {
    ...createMemoryDriver(),
    async progress() {
      const answer = answers.shift();
      if (answer === "never" || answer === undefined) return new Promise(() => {});
      if (answer instanceof Error) throw answer;
      return [{ topic: "orders", partition: 0, ...answer }];
    },
  };
  const lagWatch = new LagWatch({
    driver,
    group: "shop",
    topics: ["orders"],
    startFrom,
    intervalMs: 1000,
    middleware: [note],
    clock,
    logger: silentLogger,
  });
  lagWatch.start();
  return {
    told,
    stop: () => lagWatch.stop(),
    async looks(count: number) {
      await clock.settle();
      for (let n = 1; n < count; n++) await clock.advance(1000);
    },
  };
}

test("LagWatch counts from what is committed, or from where a member would begin", async () => {
  const progress = { start: 10n, end: 30n };
  const earliest = watch([
    { ...progress, committed: undefined },
    { ...progress, committed: 25n },
    // Retention has removed what was not read.
    { ...progress, committed: 5n },
    // The topic was made anew.
    { start: 0n, end: 3n, committed: 25n },
  ]);
  await earliest.looks(4);
  expect(earliest.told).toEqual([20, 5, 20, 0]);
  await earliest.stop();

  const latest = watch([{ ...progress, committed: undefined }], "latest");
  await latest.looks(1);
  expect(latest.told).toEqual([0]);
  await latest.stop();
});

test("LagWatch believes in a lost commit only when it is said twice", async () => {
  const progress = { start: 0n, end: 30n };
  const { told, looks, stop } = watch([
    { ...progress, committed: 29n },
    { ...progress, committed: undefined },
    { ...progress, committed: 29n },
    { ...progress, committed: undefined },
    { ...progress, committed: undefined },
  ]);
  await looks(5);
  expect(told).toEqual([1, 1, 1, 1, 30]);
  await stop();
});

test("LagWatch goes on after brokers that failed, or did not answer", async () => {
  const progress = { start: 0n, end: 2n, committed: 1n };
  const { told, looks, stop } = watch([new Error("away"), "never", progress]);
  await looks(2);
  expect(told).toEqual(["away"]);
  await looks(12);
  expect(told).toEqual(["away", "Brokers did not answer within 10000 ms", 1]);
  await stop();
});

test("createKafkaApp() refuses a 'lagIntervalMs' that is not positive", () => {
  expect(() => createKafkaApp({ driver: createMemoryDriver(), lagIntervalMs: 0 })).toThrow(
    "Cannot make an app as 'lagIntervalMs' must be positive: current value is 0",
  );
});
