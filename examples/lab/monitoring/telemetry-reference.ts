// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";

/** A metric as docs/telemetry.md has it. */
export interface DocumentedMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
}

/** The tables of docs/telemetry.md. */
export function readTelemetryReference(): DocumentedMetric[] {
  const text = readFileSync(new URL("../../../docs/telemetry.md", import.meta.url), "utf8");
  return [...text.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|/gm)].map(
    ([, name = "", type, labels = ""]) => ({
      name,
      type: type as DocumentedMetric["type"],
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label),
    }),
  );
}

/** Names of the series of a metric, as queries have them. */
export function seriesNames({ name, type }: DocumentedMetric): string[] {
  return type === "histogram" ? ["bucket", "sum", "count"].map((end) => `${name}_${end}`) : [name];
}
