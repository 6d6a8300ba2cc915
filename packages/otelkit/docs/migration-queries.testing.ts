// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";

const page = readFileSync(new URL("migration.md", import.meta.url), "utf8");

/** Every query of the migration guide, and the line that it begins at. */
export const migrationQueries: readonly { where: string; expression: string }[] = [
  ...page.matchAll(/^```promql\n([^`]+)\n```$/gm),
].map(({ 1: expression = "", index }) => ({
  where: `migration.md:${page.slice(0, index).split("\n").length + 1}`,
  expression,
}));

/** Names in Prometheus that the guide speaks of outside of queries, of metrics and of labels. */
export const migrationNames: readonly string[] = [
  ...page.matchAll(/`((?:rpc|grpc|server|net)_\w+)(?:="[^"]*")?`/g),
].map(([, name = ""]) => name);
