// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { MeterProvider } from "@opentelemetry/api";
import type { Readiness } from "../readiness.ts";
import { labMeter } from "./operation-duration.ts";

const resolutionMs = 20;

/**
 * What the process itself takes, under the names of OpenTelemetry's semantic conventions for
 * processes, Node.js and V8; read when the metrics are. Returns a function that ends it.
 */
export function measureProcess(meterProvider: MeterProvider, readiness: Readiness): () => void {
  const meter = meterProvider.getMeter(labMeter);

  meter
    .createObservableCounter("process.cpu.time", {
      description: "Total CPU seconds broken down by different states.",
      unit: "s",
    })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / 1e6, { "cpu.mode": "user" });
      result.observe(system / 1e6, { "cpu.mode": "system" });
    });
  meter
    .createObservableUpDownCounter("process.memory.usage", {
      description: "The amount of physical memory in use.",
      unit: "By",
    })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableUpDownCounter("v8js.memory.heap.used", {
      description: "Heap memory in use, of all spaces.",
      unit: "By",
    })
    .addCallback((result) => result.observe(getHeapStatistics().used_heap_size));

  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  meter
    .createObservableGauge("nodejs.eventloop.delay.max", {
      description: "Event loop maximum delay since the metrics were read last.",
      unit: "s",
    })
    .addCallback((result) => {
      // What Node.js records is the time between two samples, so it has the pause between them.
      const seconds = delay.count === 0 ? 0 : (delay.max / 1e6 - resolutionMs) / 1000;
      result.observe(Math.max(0, seconds));
      delay.reset();
    });
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  meter
    .createObservableGauge("nodejs.eventloop.utilization", {
      description: "Share of time that the event loop was busy since the metrics were read last.",
      unit: "1",
    })
    .addCallback((result) => {
      const current = performance.eventLoopUtilization();
      result.observe(performance.eventLoopUtilization(current, last).utilization);
      last = current;
    });

  // Prometheus' own name, as the conventions have none: it tells restarts that `up` misses.
  meter
    .createObservableGauge("process_start_time_seconds", {
      description: "Start time of the process since unix epoch in seconds.",
      unit: "s",
    })
    .addCallback((result) => result.observe(performance.timeOrigin / 1000));
  meter
    .createObservableGauge("lab.ready", {
      description: "1 while /readyz says that the process can work, 0 otherwise.",
    })
    .addCallback((result) => result.observe(readiness.problems().length === 0 ? 1 : 0));

  return () => delay.disable();
}
