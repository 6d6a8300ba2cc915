// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Runs the smoke suite and otelkit's matrix of outcomes over the packed packages, installed as npm
// delivers them into a project outside the workspace, on every runtime, and a test with the version
// of Connect that connect-next takes. `npm run test:runtimes -- deno bun` runs some of them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { run } from "../scripts/lib/run.ts";
import { writeNextProject, writeProject } from "./write-project.ts";

const modules = resolve("runtime-tests/node_modules");
const everywhere = ["suite/main.js", "matrix/main.js"];
const runtimes = [
  ...["22", "24", "26"].map((major) => ({
    name: `node-${major}`,
    command: `${modules}/node-${major}/bin/node`,
    args: [],
    scripts: everywhere,
  })),
  {
    name: "deno",
    command: `${modules}/.bin/deno`,
    // The matrix collects garbage.
    args: ["run", "--allow-all", "--quiet", "--v8-flags=--expose-gc"],
    scripts: everywhere,
  },
  { name: "bun", command: `${modules}/.bin/bun`, args: [], scripts: everywhere },
  {
    name: "connect-next",
    command: `${modules}/node-24/bin/node`,
    args: [],
    scripts: ["next/main.js"],
  },
];

/** A runtime that is still at it by then is kept alive by something that was not closed. */
const timeoutMs = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
const chosen = runtimes.filter(
  ({ name }) => positionals.length === 0 || positionals.includes(name),
);
const counts = { passed: 0, failed: 0 };
const project = mkdtempSync(join(tmpdir(), "labwire-runtimes-"));
try {
  const installed = await run("npm", ["install", "--no-audit", "--no-fund"], {
    cwd: "runtime-tests",
  });
  if (!installed.ok) throw new Error(`Cannot install the runtimes: ${installed.output}`);
  await writeProject(project);
  if (chosen.some(({ name }) => name === "connect-next")) await writeNextProject(project);
  for (const runtime of chosen) {
    for (const script of runtime.scripts) await runScript(runtime, script);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  counts.failed += 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}
console.log(`runtimes: ${counts.passed} passed, ${counts.failed} failed`);
if (values.json) writeFileSync(values.json, JSON.stringify(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;

async function runScript(
  { name, command, args }: (typeof runtimes)[number],
  script: string,
): Promise<void> {
  const started = performance.now();
  const version = await run(command, ["--version"]);
  const { ok, stdout, output } = await run(command, [...args, script], { cwd: project, timeoutMs });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const result = readCounts(stdout);
  counts.passed += result.passed;
  // A script that fails before or after its tests counts as one failure more.
  counts.failed += ok ? result.failed : Math.max(1, result.failed);
  const title = `${name} (${version.stdout.match(/\d+(\.\d+)+/)?.[0]}), ${script}`;
  console.log(`${title}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`);
  if (!ok) console.log(output.replace(/^ok - .*\n/gm, "").replace(/^/gm, "  "));
}

/** The last line of standard output. */
function readCounts(stdout: string): { passed: number; failed: number } {
  const line = stdout.match(/^\{"passed":\d+,"failed":\d+\}$/m)?.[0];
  return line ? JSON.parse(line) : { passed: 0, failed: 0 };
}
