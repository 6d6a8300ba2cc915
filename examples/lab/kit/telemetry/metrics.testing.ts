// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { startMetricsServer } from "@labwire/otelkit/prometheus";
import { onTestFinished } from "vitest";

/** A meter provider and what Prometheus would read of it. */
export async function recordMetrics() {
  const server = await startMetricsServer({ port: 0 });
  onTestFinished(() => server.close());
  return {
    meterProvider: server.meterProvider,
    /** Series of one metric, without buckets and sums, as `{labels} value`. */
    series: async (metric: string): Promise<string[]> => {
      const text = await (await fetch(server.url)).text();
      return text
        .split("\n")
        .filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
        .map((line) => line.slice(metric.length).trim())
        .sort();
    },
  };
}
