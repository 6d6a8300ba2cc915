// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { createLabelCache, type LabelRules, toLabels } from "./labels.ts";
import { type MetricFamily, sampleNames } from "./metric-families.ts";
import { chunkLength, isTwin, type PageContent, type PageOptions } from "./page-writer.ts";
import { createSeriesText, type SampleSyntax } from "./series-text.ts";
import { escapeHelp, formatLabels, formatName } from "./text-syntax.ts";

/** Options of {@link createTextPage}. */
export interface TextPageOptions extends PageOptions {
  isOpenMetrics: boolean;
  /** Whether OpenMetrics has a `_created` series beside each counter and histogram. */
  createdSeries: boolean;
  labels: LabelRules;
}

/** Makes a writer of the text format 0.0.4 and 1.0.0, or of OpenMetrics 1.0.0. */
export function createTextPage({ isOpenMetrics, labels, createdSeries, warn }: TextPageOptions) {
  const labelsOf = createLabelCache(labels, formatLabels);
  const labelsOfHistogram = createLabelCache({ ...labels, reserved: ["le"] }, formatLabels);
  const encoder = new TextEncoder();

  return function* writeTextPage({ families, target }: PageContent, chunks: Uint8Array[]) {
    const names = new Set(families.flatMap(sampleNames));
    let text = target === undefined ? "" : targetText(target, names);
    for (const family of families) {
      const syntax = syntaxOf(family, names);
      const seen = new Set<string>();
      let head = headOf(family, syntax);
      for (const { view, scope } of family.metrics) {
        const scopeText = formatLabels(scope);
        const seriesText = createSeriesText(view, syntax);
        const find = family.type === "histogram" ? labelsOfHistogram : labelsOf;
        for (const series of view.series) {
          const own = find(series.attributes);
          const all = own === "" || scopeText === "" ? own + scopeText : `${own},${scopeText}`;
          if (isTwin(seen, view, all, warn)) continue;
          text += head + seriesText.write(series, all);
          head = "";
          if (text.length < chunkLength) continue;
          chunks.push(encoder.encode(text));
          text = "";
          yield;
        }
      }
    }
    chunks.push(encoder.encode(isOpenMetrics ? `${text}# EOF\n` : text));
  };

  function syntaxOf({ name, type }: MetricFamily, names: ReadonlySet<string>): SampleSyntax {
    if (!isOpenMetrics || type === "gauge") {
      return { name, sample: name, type, created: undefined, isOpenMetrics };
    }
    if (type === "histogram") return openMetricsOf(name, name, type, names);
    const base = name.replace(/_total$/, "");
    // OpenMetrics knows counters by that end of their samples, and takes these names for them.
    const isFree = !names.has(base) && !names.has(`${base}_created`);
    return base !== name && base !== "" && isFree
      ? openMetricsOf(base, name, type, names)
      : { name, sample: name, type: "unknown", created: undefined, isOpenMetrics };
  }

  function openMetricsOf(
    name: string,
    sample: string,
    type: SampleSyntax["type"],
    names: ReadonlySet<string>,
  ): SampleSyntax {
    const created = `${name}_created`;
    const hasCreated = createdSeries && !names.has(created);
    return { name, sample, type, created: hasCreated ? created : undefined, isOpenMetrics };
  }

  function headOf({ help, unit }: MetricFamily, { name, type }: SampleSyntax): string {
    const quoted = formatName(name);
    const text = help === "" ? "No description" : help;
    // A counter of an unknown type has its unit before its end, where a unit may not be.
    const hasUnit = isOpenMetrics && unit !== "" && name.endsWith(`_${unit}`);
    const unitLine = hasUnit ? `# UNIT ${quoted} ${unit}\n` : "";
    return `# HELP ${quoted} ${escapeHelp(text, isOpenMetrics)}\n# TYPE ${quoted} ${type}\n${unitLine}`;
  }

  /** Adds what it takes to `names`. */
  function targetText(target: Attributes, names: Set<string>): string {
    const isInfo = isOpenMetrics && !names.has("target");
    if (isInfo) names.add("target");
    const name = isInfo ? "target" : "target_info";
    const type = isInfo ? "info" : "gauge";
    const all = formatLabels(toLabels(target, labels));
    const head = `# HELP ${name} Target metadata\n# TYPE ${name} ${type}\n`;
    return `${head}target_info${all === "" ? "" : `{${all}}`} 1\n`;
  }
}
