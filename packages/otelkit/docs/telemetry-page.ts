// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CallSide } from "../src/calls/call-target.ts";
import {
  databaseMetrics,
  httpClientMetrics,
  httpServerMetrics,
  jobMetrics,
} from "../src/http/presets.ts";
import { httpSpanReference } from "../src/http/span-reference.ts";
import type { Preset } from "../src/presets/preset.ts";
import { presets } from "../src/presets/presets.ts";
import { type SpanDescription, spanReference } from "../src/tracing/span-reference.ts";
import { callAttributes } from "./attribute-reference.ts";
import { type DocumentedMetric, prometheusName } from "./documented-metric.ts";
import { documentMapping } from "./http-instruments.ts";

/** The page `telemetry.md`: everything that this package measures, from the code that does it. */
export function telemetryPage(): string {
  const sections = [
    head,
    "## Metrics of calls",
    ...Object.values(presets).flatMap(presetSection),
    "### Attributes of calls",
    attributesHead,
    table(
      ["attribute", "what it is"],
      Object.entries(callAttributes).map(([name, text]) => [code(name), text]),
    ),
    "## Metrics of HTTP, databases and jobs",
    httpHead,
    ...mappingSection("HTTP servers: `httpServerMetrics`", "request", httpServerMetrics),
    ...mappingSection("HTTP clients: `httpClientMetrics`", "request", httpClientMetrics),
    ...mappingSection("Databases: `databaseMetrics`", "query", databaseMetrics),
    ...mappingSection("Jobs: `jobMetrics`", "run", jobMetrics),
    "## Spans",
    spansHead,
    ...spanReference.flatMap((span) => spanSection("Calls", span)),
    ...httpSpanReference.flatMap((span) => spanSection("HTTP requests", span)),
  ];
  return `${sections.join("\n\n")}\n`;
}

const head = `# Telemetry of otelkit

Every metric and every span that this package makes. \`npm run generate\` writes this page from the code, and \`npm run check\` fails when it is out of date.

The names in Prometheus are those of the endpoint's default translation. Labels are attributes with \`_\` for other characters; a histogram has \`_bucket\`, \`_sum\` and \`_count\`. [What to look at](../monitoring/README.md) has a dashboard and alerts, [the migration guide](migration.md) the way from other libraries.`;

const attributesHead =
  "Nothing that a caller writes becomes a value, unless the option `attributes` says so.";

const httpHead =
  "Of `@labwire/otelkit/http`. These are arrays of mappings: names and labels can be others.";

const spansHead =
  "Made when there is a tracer provider. Their attributes are those of the option `attributes` too.";

function presetSection(preset: Preset): string[] {
  const sides: CallSide[] = ["server", "client"];
  return [
    `### Preset ${code(preset.name)}`,
    preset.description,
    ...sides.flatMap((side) => {
      const metrics = preset.instruments(side);
      if (metrics.length === 0) return [];
      const title = side === "server" ? "Servers:" : "Clients:";
      return [title, metricsTable(metrics), bounds(metrics)];
    }),
  ];
}

function mappingSection(
  title: string,
  noun: string,
  mappings: readonly Parameters<typeof documentMapping>[0][],
): string[] {
  const metrics = mappings.map((mapping) => documentMapping(mapping, noun));
  return [`### ${title}`, metricsTable(metrics), bounds(metrics)];
}

function spanSection(of: string, span: SpanDescription): string[] {
  const { kind, name, description, error, attributes } = span;
  return [
    `### ${of}, kind ${kind}`,
    `${description}. Name: ${name}. Its status is an error when ${error}.`,
    table(
      ["attribute", "what it is", "there"],
      attributes.map((attribute) => [code(attribute.name), attribute.description, attribute.when]),
    ),
  ];
}

function metricsTable(metrics: readonly DocumentedMetric[]): string {
  return table(
    ["metric", "in Prometheus", "kind", "unit", "attributes", "what it tells", "moves"],
    metrics.map((metric) => [
      code(metric.name),
      code(prometheusName(metric)),
      metric.kind === "updowncounter" ? "up-down counter" : metric.kind,
      metric.unit === "" ? "" : code(metric.unit),
      metric.attributes.map(code).join(", "),
      metric.description,
      metric.detail === undefined
        ? metric.when
        : `${metric.when}; with \`details: ["${metric.detail}"]\``,
    ]),
  );
}

/** One line for each choice of bounds. */
function bounds(metrics: readonly DocumentedMetric[]): string {
  const names = new Map<string, string[]>();
  for (const { name, boundaries } of metrics) {
    if (boundaries === undefined) continue;
    const key = boundaries.join(" ");
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return Array.from(names, ([key, of]) => `Buckets of ${of.map(code).join(", ")}: ${key}.`).join(
    "\n\n",
  );
}

function table(columns: string[], rows: string[][]): string {
  const lines = [columns, columns.map(() => "---"), ...rows];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
