// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../lib/run.ts";
import { type Outcome, outcomeOf, type Step } from "./step.ts";

/** Protos that clients of the commit before could no longer speak to. */
export const bufBreaking: Step = {
  name: "buf breaking",
  run: () => findBreaking(".", process.env.LABWIRE_BASE),
};

/**
 * Holds the protos of a checkout against those of a commit, by the rules of buf.yaml.
 *
 * @param base Default: the commit before this one, which for a merge is the branch merged into.
 */
export async function findBreaking(root: string, base = ""): Promise<Outcome> {
  const commit = await run(
    "git",
    ["rev-parse", "--verify", "--quiet", `${base || "HEAD^1"}^{commit}`],
    {
      cwd: root,
    },
  );
  if (!commit.ok) {
    const detail = `${base || "the commit before"} is not in this clone (git fetch --deepen 1)`;
    return { status: "skipped", detail };
  }
  const folder = mkdtempSync(join(tmpdir(), "labwire-breaking-"));
  try {
    await extractProtos(root, commit.stdout.trim(), folder);
    const faults = await Promise.all(
      modulePaths(join(root, "buf.yaml"))
        .filter((path) => existsSync(join(folder, path)))
        .map((path) => compare(root, path, folder)),
    );
    return outcomeOf(faults.filter(Boolean));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function extractProtos(root: string, commit: string, folder: string): Promise<void> {
  const archive = join(folder, "protos.tar");
  const steps: [string, ...string[]][] = [
    ["git", "archive", "--output", archive, commit, "--", "buf.yaml", ":(glob)**/*.proto"],
    ["tar", "-x", "-f", archive, "-C", folder],
  ];
  for (const [command, ...args] of steps) {
    const { ok, output } = await run(command, args, { cwd: resolve(root) });
    if (!ok) throw new Error(`Cannot read the protos of ${commit}: ${output}`);
  }
}

function modulePaths(file: string): string[] {
  const paths = readFileSync(file, "utf8").matchAll(/^ +- path: (\S+)$/gm);
  return Array.from(paths, ([, path]) => path ?? "");
}

/** What buf says, one line for each fault; empty without any. */
async function compare(root: string, path: string, folder: string): Promise<string> {
  const args = ["breaking", path, "--against", join(folder, path)];
  const { ok, output } = await run("buf", args, { cwd: root });
  return ok ? "" : output.trimEnd();
}
