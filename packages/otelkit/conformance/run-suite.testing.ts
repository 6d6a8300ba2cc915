// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { toolPath } from "@labwire/servers";
import type { Report } from "./program.ts";

/** Which end the suite tests; the other one is its own. */
export type Mode = "server" | "client";

/** How a run of the suite is to be. */
export interface SuiteOptions {
  mode: Mode;
  /** Whether otelkit is installed in the end that is tested. */
  isInstrumented: boolean;
  /** Names of the cases to run. Default all that the mode's config file asks for. */
  only?: readonly string[];
}

/** What came of a run. */
export interface SuiteResult {
  caseCount: number;
  /** What the suite says of the cases that failed, by their names. */
  failures: ReadonlyMap<string, string>;
  /** What the programs say that were tested: one per process. */
  reports: readonly Report[];
  seconds: number;
}

/** Many times what a run takes on an idle machine. */
const timeoutMs = 600_000;

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs the suite against this folder's server or client. Rejects when a case was not run at all. */
export async function runSuite({ mode, isInstrumented, only }: SuiteOptions): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const started = performance.now();
  try {
    const args = ["--mode", mode, "--conf", pathOf(`config.${mode}.yaml`)];
    if (only !== undefined) {
      const file = join(folder, "only.txt");
      writeFileSync(file, only.join("\n"));
      args.push("--run", `@${file}`);
    }
    const program = [process.execPath, "--conditions=@labwire/source", pathOf(`${mode}.ts`)];
    const flags = ["--reports", folder, ...(isInstrumented ? ["--instrumented"] : [])];
    const output = await runConformance([...args, "--", ...program, ...flags]);
    const reports = readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Report);
    return { ...parseOutput(output), reports, seconds: (performance.now() - started) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runConformance(args: readonly string[]): Promise<string> {
  const path = toolPath("connectconformance");
  if (path === undefined) throw new Error("Cannot run 'connectconformance': it is not installed");
  // A group of its own, so that the programs that it starts can be ended with it.
  const suite = spawn(path, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const timer = setTimeout(() => process.kill(-(suite.pid ?? 0), "SIGKILL"), timeoutMs);
  try {
    const [output, faults] = await Promise.all([text(suite.stdout), text(suite.stderr)]);
    return output + faults;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Reads the list of what failed and the sum at the end:
 * `FAILED: <name>:` with indented lines after it, and `Total cases: <count>`.
 */
function parseOutput(output: string): Pick<SuiteResult, "caseCount" | "failures"> {
  const count = /^Total cases: (\d+)$/m.exec(output)?.[1];
  if (count === undefined || /^Another \d+ could not be run/m.test(output)) {
    throw new Error(`Cannot tell what came of the conformance suite:\n${output.slice(-4000)}`);
  }
  const failed = output.matchAll(/^FAILED: (.+):\n((?:[\t ].*\n)*)/gm);
  const failures = new Map(Array.from(failed, ([, name = "", text = ""]) => [name, text]));
  const failedCount = Number(/^\d+ passed, (\d+) failed$/m.exec(output)?.[1]);
  if (failures.size !== failedCount) {
    throw new Error(`Cannot find ${failedCount} failed cases but ${failures.size} in:\n${output}`);
  }
  return { caseCount: Number(count), failures };
}
