// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { createTally } from "./tally.ts";

test("createTally() hands each amount over once, and tells of a zero", async () => {
  const { meterProvider, points } = createTestMeter();
  const meter = meterProvider.getMeter("test");
  const cell = createTally(meter)(meter.createCounter("things"), { kind: "a" });
  const things = async () => (await points()).map(({ value }) => value);
  const seen = [await things()];
  cell.add(2);
  cell.add(3);
  seen.push(await things(), await things());
  cell.add(1);
  seen.push(await things());
  expect(seen).toEqual([[0], [5], [5], [6]]);
});

test("createTally() gives the right deltas to a reader of deltas", async () => {
  const { meterProvider, points } = createTestMeter(AggregationTemporality.DELTA);
  const meter = meterProvider.getMeter("test");
  const cell = createTally(meter)(meter.createCounter("things"), {});
  const things = async () => (await points()).map(({ value }) => value);
  cell.add(2);
  const seen = [await things()];
  cell.add(3);
  seen.push(await things(), await things());
  expect(seen).toEqual([[2], [3], []]);
});

test("createTally() adds up with another tally of the same series", async () => {
  const { meterProvider, points } = createTestMeter();
  const meter = meterProvider.getMeter("test");
  for (const amount of [1, 10]) {
    createTally(meter)(meter.createUpDownCounter("things"), { kind: "a" }).add(amount);
  }
  expect(await points()).toEqual([{ name: "things", attributes: { kind: "a" }, value: 11 }]);
});
