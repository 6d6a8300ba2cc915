// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import { toolPath } from "@labwire/servers";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { PrometheusReader } from "../prometheus/prometheus-reader.ts";
import { callEveryKind, measureEcho } from "./preset-page.testing.ts";

const promtool = toolPath("promtool");

test.skipIf(promtool === undefined && process.env.CI !== "true").for([
  { preset: "semconv", faults: [] },
  { preset: "grpc", faults: [] },
  {
    preset: "otelconnect",
    // These are the names of otelconnect-go.
    faults: ["client", "server"].map(
      (side) =>
        `rpc_${side}_duration_milliseconds use base unit "seconds" instead of "milliseconds"`,
    ),
  },
  {
    preset: "lab",
    // As the course has named it.
    faults: ["error_request_total", "request_total", "response_time"].map(
      (name) => `${name} label names should be written in 'snake_case' not 'camelCase'`,
    ),
  },
] as const)("promtool check metrics finds $faults in the names of $preset", async (row) => {
  if (promtool === undefined) throw new Error("Cannot find promtool");
  const reader = new PrometheusReader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const details = ["first_message", "timeout"] as const;
  await callEveryKind(measureEcho({ presets: [row.preset], meterProvider, details }));
  const { chunks } = await reader.scrape();
  const input = Buffer.concat(chunks);
  expect(input.toString()).toContain("# TYPE");
  const { stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input });
  // It complains of a label once per series.
  const faults = new Set(`${stdout}${stderr}`.split("\n").filter(Boolean));
  expect([...faults].sort()).toEqual(row.faults);
});
