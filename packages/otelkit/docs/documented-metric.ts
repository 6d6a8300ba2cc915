// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallSide } from "../src/calls/call-target.ts";
import type { InstrumentDefinition } from "../src/instruments/instruments.ts";
import type { PresetInstrument } from "../src/presets/preset.ts";
import { type PresetName, presets } from "../src/presets/presets.ts";
import { metricName } from "../src/prometheus/metric-names.ts";

/** A metric as documents tell of it. */
export interface DocumentedMetric extends Omit<InstrumentDefinition, "kind"> {
  readonly kind: InstrumentDefinition["kind"] | "gauge";
  readonly attributes: readonly string[];
  readonly when: string;
  readonly detail?: PresetInstrument["detail"];
}

/** Metrics of presets for calls, those of servers first. */
export function documentedMetrics(
  names: readonly PresetName[] = Object.keys(presets) as PresetName[],
): readonly PresetInstrument[] {
  const sides: readonly CallSide[] = ["server", "client"];
  return sides.flatMap((side) => names.flatMap((name) => presets[name].instruments(side)));
}

/** Its name in Prometheus, as the endpoint translates it by default. */
export function prometheusName({ name, unit, kind }: DocumentedMetric): string {
  const type = kind === "updowncounter" ? "gauge" : kind;
  return metricName({ name, unit, kind: type }, "UnderscoreEscapingWithSuffixes");
}

/** Names of its series in Prometheus, as queries have them. */
export function seriesNames(metric: DocumentedMetric): string[] {
  const name = prometheusName(metric);
  if (metric.kind !== "histogram") return [name];
  return ["bucket", "sum", "count"].map((end) => `${name}_${end}`);
}
