// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Sums what the parts of .ci/run left in a folder: `parts`, one line each of name, exit code and
// seconds, and `<name>.json` with counts.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Counts, countsOf, sum } from "./lib/counts.ts";

const folder = process.argv[2] ?? ".";
const parts = readFileSync(join(folder, "parts"), "utf8").trim().split("\n");
const total = parts.map(readPart).reduce(sum);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

function readPart(line: string): Counts {
  const [name, code, seconds] = line.split(" ");
  const path = join(folder, `${name}.json`);
  const report: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const counts = countsOf(report, Number(code));
  const { passed, failed, skipped } = counts;
  console.log(`ci: ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped (${seconds} s)`);
  return counts;
}
