// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Everything that CI gates on beside the tests, in one command.
// `npm run check -- knip docs` runs the steps whose names start so; `--json <file>` writes counts.

import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { bufBreaking } from "./checks/buf-breaking.ts";
import { changesets } from "./checks/changesets.ts";
import { docs } from "./checks/docs.ts";
import { docsSnippets } from "./checks/docs-snippets.ts";
import { licenceHeaders } from "./checks/licence-headers.ts";
import { lockfile } from "./checks/lockfile.ts";
import { publishedPackages } from "./checks/published-packages.ts";
import { commandStep, type Outcome, type Step } from "./checks/step.ts";
import { workflows } from "./checks/workflows.ts";

// The longest first, since they run side by side.
const steps: Step[] = [
  publishedPackages,
  commandStep("generated code", "node", ["scripts/generate.ts", "--check"]),
  commandStep("generated documents", "node", [
    "--conditions=@labwire/source",
    "packages/otelkit/docs/write-telemetry.ts",
    "--check",
  ]),
  commandStep("knip", "knip", ["--no-progress", "--no-config-hints"]),
  commandStep("types", "tsc", ["--noEmit"]),
  commandStep("biome", "biome", ["check", "--error-on-warnings"]),
  commandStep("buf lint", "buf", ["lint"]),
  bufBreaking,
  docsSnippets,
  docs,
  licenceHeaders,
  lockfile,
  changesets,
  workflows,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
const unknown = positionals.filter((name) => !steps.some((step) => step.name.startsWith(name)));
if (unknown.length > 0) {
  console.error(`No step is named ${unknown.join(", ")}. Steps: ${names(steps)}`);
  process.exit(1);
}

const queue = steps.filter(
  ({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
);
const counts = { passed: 0, failed: 0, skipped: 0 };
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
console.log(`check: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
if (values.json) writeFileSync(values.json, JSON.stringify(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;

async function work(): Promise<void> {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const started = performance.now();
    const { status, detail } = await step.run().catch(failure);
    counts[status] += 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`check: ${step.name}: ${status} (${seconds} s)`);
    if (detail) console.log(detail.trimEnd().replace(/^/gm, "  "));
  }
}

function failure(error: unknown): Outcome {
  const detail = error instanceof Error ? error.stack : String(error);
  return { status: "failed", ...(detail && { detail }) };
}

function names(of: readonly Step[]): string {
  return of.map(({ name }) => `'${name}'`).join(", ");
}
