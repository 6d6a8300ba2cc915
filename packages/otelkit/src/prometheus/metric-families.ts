// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MetricView, ScopeView } from "../store/metric-view.ts";
import type { NameEscaping } from "./content-negotiation.ts";
import type { Label } from "./labels.ts";
import { metricName, type TranslationStrategy, unitName } from "./metric-names.ts";
import { escapeName } from "./name-escaping.ts";

/** Metrics that have one name on a page. */
export interface MetricFamily {
  /** As its samples have it: a counter's with `_total`, when there are suffixes. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "info";
  help: string;
  /** Empty unless the name ends with it, which OpenMetrics asks for. */
  readonly unit: string;
  readonly metrics: { readonly view: MetricView; readonly scope: readonly Label[] }[];
}

/** Options of {@link toFamilies}. */
export interface FamilyOptions {
  strategy: TranslationStrategy;
  escaping: NameEscaping;
  prefix: string;
  /** Whether series say which scope they are of. */
  scopeLabels: boolean;
}

/** Names of the labels that tell of the scope. */
export const scopeLabelNames = ["otel_scope_name", "otel_scope_version", "otel_scope_schema_url"];

/**
 * Sorts metrics by the names that they get. Those that cannot be on a page with an earlier one are
 * left out and told to `warn`: Prometheus would refuse the page.
 */
export function toFamilies(
  views: Iterable<MetricView>,
  taken: readonly MetricFamily[],
  { strategy, escaping, prefix, scopeLabels }: FamilyOptions,
  warn: (message: string) => void,
): MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  const owners = new Map<string, MetricFamily>();
  for (const family of taken) claim(family, owners);

  for (const view of views) {
    const name = escapeName(metricName(view, strategy, prefix), escaping);
    if (name === "") {
      warn(`The ${view.kind} '${view.name}' is not on the page, as nothing is left of its name`);
      continue;
    }
    const type = view.kind === "exponential histogram" ? "histogram" : view.kind;
    const known = families.get(name);
    const metric = { view, scope: scopeLabels ? labelsOfScope(view.scope) : [] };
    if (known?.type === type) {
      known.metrics.push(metric);
      known.help ||= view.description;
      continue;
    }
    const base = type === "counter" ? name.replace(/_total$/, "") : name;
    const unit = unitName(view.unit);
    const family: MetricFamily = {
      name,
      type,
      help: view.description,
      unit: unit !== "" && base.endsWith(`_${unit}`) ? unit : "",
      metrics: [metric],
    };
    const owner = claim(family, owners);
    if (owner === undefined) {
      families.set(name, family);
      continue;
    }
    const other = `the ${owner.type} '${owner.name}'`;
    warn(`The ${view.kind} '${view.name}' is not on the page: ${other} has its names`);
  }
  return [...families.values()];
}

/** The names that a family takes: its own, and those of its samples. */
export function sampleNames({ name, type }: MetricFamily): string[] {
  const suffixes = type === "histogram" ? ["", "_bucket", "_count", "_sum"] : [""];
  return suffixes.map((suffix) => name + suffix);
}

/** Takes the names of a family, unless another one has one of them. */
function claim(family: MetricFamily, owners: Map<string, MetricFamily>): MetricFamily | undefined {
  const names = sampleNames(family);
  const taken = names.find((name) => owners.has(name));
  if (taken !== undefined) return owners.get(taken);
  for (const name of names) owners.set(name, family);
  return undefined;
}

function labelsOfScope({ name, version, schemaUrl }: ScopeView): Label[] {
  const values = [name, version, schemaUrl];
  return scopeLabelNames.flatMap((label, i) => {
    const value = values[i];
    return value ? [[label, value] as const] : [];
  });
}
