// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Variables } from "./config.ts";

const begin = "<!-- variables:begin -->";
const end = "<!-- variables:end -->";

/** The variables as a Markdown table, in the order in which they are declared. */
function variablesTable(variables: Variables): string {
  const rows = Object.entries(variables).map(([name, { doc, default: fallback }]) => {
    const value = fallback === undefined ? "required" : fallback === "" ? "" : `\`${fallback}\``;
    return `| \`${name}\` | ${value} | ${doc.replaceAll("|", "\\|")} |`;
  });
  return ["| variable | default | what it says |", "| --- | --- | --- |", ...rows].join("\n");
}

/**
 * The page with its tables of variables written anew, one between each pair of marker lines.
 *
 * @throws an error when the page has not as many places as there are tables.
 */
export function withVariablesTables(page: string, tables: readonly Variables[]): string {
  const [head = "", ...places] = page.split(begin);
  if (places.length !== tables.length) {
    throw new Error(`Cannot write ${tables.length} tables of variables in ${places.length} places`);
  }
  const written = places.map((place, i) => {
    const [, ...tail] = place.split(end);
    return `${begin}\n\n${variablesTable(tables[i] ?? {})}\n\n${end}${tail.join(end)}`;
  });
  return head + written.join("");
}
