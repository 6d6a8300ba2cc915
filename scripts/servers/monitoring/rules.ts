// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";

/** A rule of Prometheus: one that records, or an alert. */
export interface Rule {
  readonly expr: string;
  readonly record?: string;
  readonly alert?: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** All rules of a folder, by file and group in order. */
export function readRules(folder: URL): Rule[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yml"))
    .flatMap((file) => {
      const { groups } = parse(readFileSync(new URL(file, folder), "utf8")) as RuleFile;
      return groups.flatMap(({ rules }) => rules);
    });
}
