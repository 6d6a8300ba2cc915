// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { NameEscaping } from "./content-negotiation.ts";

const legacyMetric = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legacyLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a name of a metric can be written without quotes. */
export function isPlainMetricName(name: string): boolean {
  return legacyMetric.test(name);
}

/** Whether a name of a label can be written without quotes. */
export function isPlainLabelName(name: string): boolean {
  return legacyLabel.test(name);
}

/**
 * Writes a name in the alphabet that the scraper can read.
 * Source: https://github.com/prometheus/docs/blob/main/docs/instrumenting/escaping_schemes.md
 */
export function escapeName(name: string, escaping: NameEscaping): string {
  if (escaping === "allow-utf-8") return name;
  if (escaping === "dots") return mapCharacters(name, { _: "__", ".": "_dot_" }, () => "__");
  if (isPlainMetricName(name)) return name;
  if (escaping === "underscores") return mapCharacters(name, {}, () => "_");
  const hex = (character: string) => `_${character.codePointAt(0)?.toString(16)}_`;
  return `U__${mapCharacters(name, { _: "__" }, hex)}`;
}

function mapCharacters(
  name: string,
  own: Readonly<Record<string, string>>,
  other: (character: string) => string,
): string {
  return Array.from(name, (character, i) => {
    const isPlain = i === 0 ? /[a-zA-Z_:]/ : /[a-zA-Z0-9_:]/;
    return own[character] ?? (isPlain.test(character) ? character : other(character));
  }).join("");
}
