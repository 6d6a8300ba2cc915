// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Exemplar } from "../store/metric-view.ts";
import type { Label } from "./labels.ts";
import { isPlainLabelName, isPlainMetricName } from "./name-escaping.ts";

/** Writes a number as both text formats want it. */
export function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return `${value}`;
}

/** Writes a bound as OpenMetrics wants it: one that looks like a float, and always the same. */
export function formatFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : formatNumber(value);
}

/** Labels as between the braces of a sample. */
export function formatLabels(labels: readonly Label[]): string {
  return labels
    .map(([name, value]) => {
      const label = isPlainLabelName(name) ? name : `"${escapeQuoted(name)}"`;
      return `${label}="${escapeQuoted(value)}"`;
    })
    .join(",");
}

/** A metric's name as on a line that describes it. */
export function formatName(name: string): string {
  return isPlainMetricName(name) ? name : `"${escapeQuoted(name)}"`;
}

/** What comes before the labels of a sample, and what when there are none. */
export function sampleStart(name: string): { readonly open: string; readonly bare: string } {
  if (isPlainMetricName(name)) return { open: `${name}{`, bare: `${name} ` };
  const quoted = formatName(name);
  return { open: `{${quoted},`, bare: `{${quoted}} ` };
}

/** The text of a help, in which OpenMetrics escapes quotes as well. */
export function escapeHelp(help: string, isOpenMetrics: boolean): string {
  return isOpenMetrics ? escapeQuoted(help) : help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}

/** An exemplar as it follows a sample in OpenMetrics; nothing for none. */
export function formatExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return "";
  const { traceId, spanId, value, timeMs } = exemplar;
  const labels = formatLabels([
    ["trace_id", traceId],
    ["span_id", spanId],
  ]);
  return ` # {${labels}} ${formatNumber(value)} ${timeMs / 1000}`;
}

function escapeQuoted(text: string): string {
  // Most have nothing to escape, and a test is cheaper than three replacements.
  if (!/[\\"\n]/.test(text)) return text;
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"');
}
