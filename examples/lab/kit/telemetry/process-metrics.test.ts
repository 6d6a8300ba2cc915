// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test } from "vitest";
import { createReadiness } from "../readiness.ts";
import { recordMetrics } from "./metrics.testing.ts";
import { measureProcess } from "./process-metrics.ts";

test("measureProcess() tells what the process takes, and whether it is ready", async () => {
  const { meterProvider, series } = await recordMetrics();
  const readiness = createReadiness();
  const ready = readiness.pending("store");
  onTestFinished(measureProcess(meterProvider, readiness));
  const value = async (metric: string) => Number((await series(metric))[0]?.split(" ").at(-1));

  expect(await value("lab_ready")).toBe(0);
  ready();
  expect(await value("lab_ready")).toBe(1);

  const cpu = await series("process_cpu_time_seconds_total");
  expect(cpu.map((line) => line.split(" ")[0])).toEqual([
    '{cpu_mode="system"}',
    '{cpu_mode="user"}',
  ]);
  const rss = await value("process_memory_usage_bytes");
  expect(rss / process.memoryUsage.rss()).toBeCloseTo(1, 0);
  expect(await value("v8js_memory_heap_used_bytes")).toBeLessThan(rss);
  const started = await value("process_start_time_seconds");
  expect(started).toBeCloseTo(Date.now() / 1000 - process.uptime(), 0);
  const utilization = await value("nodejs_eventloop_utilization_ratio");
  expect(utilization).toBeGreaterThanOrEqual(0);
  expect(utilization).toBeLessThanOrEqual(1);
});

test("measureProcess() tells how long the event loop was held up", async () => {
  const { meterProvider, series } = await recordMetrics();
  onTestFinished(measureProcess(meterProvider, createReadiness()));
  const read = async () => Number((await series("nodejs_eventloop_delay_max_seconds"))[0]);
  const afterBlocking = async () => {
    const until = performance.now() + 100;
    while (performance.now() < until);
    return read();
  };

  // A sample that was under way when the metrics were read is not told.
  await expect.poll(afterBlocking, { timeout: 10_000 }).toBeGreaterThan(0.07);
});
