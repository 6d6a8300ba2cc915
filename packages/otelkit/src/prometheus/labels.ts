// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { NameEscaping } from "./content-negotiation.ts";
import { escapesNames, type TranslationStrategy } from "./metric-names.ts";
import { escapeName } from "./name-escaping.ts";

/** Name and value of a label. */
export type Label = readonly [name: string, value: string];

/** How attributes become labels. */
export interface LabelRules {
  readonly strategy: TranslationStrategy;
  readonly escaping: NameEscaping;
  /** Names that the format itself gives: an attribute of that name is prefixed by `exported_`. */
  readonly reserved?: readonly string[];
  /** Names that others give: an attribute of that name is left out. */
  readonly dropped?: readonly string[];
}

/**
 * Makes a function that renders the labels of attributes once per object of attributes, as most of
 * the time of a page would go there.
 */
export function createLabelCache<Rendered>(
  rules: LabelRules,
  render: (labels: readonly Label[]) => Rendered,
): (attributes: Attributes) => Rendered {
  const cache = new WeakMap<Attributes, { rendered: Rendered }>();
  return function labelsOf(attributes) {
    const known = cache.get(attributes);
    if (known !== undefined) return known.rendered;
    const rendered = render(toLabels(attributes, rules));
    cache.set(attributes, { rendered });
    return rendered;
  };
}

/**
 * Labels of attributes, by name, so that the same ones read the same whoever gave them. Values of
 * those that get the same name are joined by `;`.
 */
export function toLabels(attributes: Attributes, rules: LabelRules): Label[] {
  const labels = new Map<string, { keys: string[]; value: string }>();
  for (const [key, attribute] of Object.entries(attributes)) {
    const name = labelName(key, rules);
    // Null comes from callers without types, and is no value either.
    if (
      attribute === undefined ||
      attribute === null ||
      name === "" ||
      rules.dropped?.includes(name)
    )
      continue;
    const keys = [...(labels.get(name)?.keys ?? []), key].sort();
    const value = keys.map((one) => labelValue(attributes[one])).join(";");
    labels.set(name, { keys, value });
  }
  return Array.from(labels, ([name, { value }]): Label => [name, value]).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

function labelName(key: string, { strategy, escaping, reserved = [] }: LabelRules): string {
  const name = escapesNames(strategy) ? underscored(key) : escaped(key, escaping);
  return name === "__name__" || reserved.includes(name) ? `exported_${name}` : name;
}

function underscored(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9]+/g, "_");
  return /^[0-9]/.test(name) ? `key_${name}` : name;
}

function escaped(key: string, escaping: NameEscaping): string {
  const name = escapeName(key, escaping);
  // Names of metrics may have colons, names of labels may not.
  return escaping === "allow-utf-8" ? name : name.replaceAll(":", "_");
}

function labelValue(value: AttributeValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
