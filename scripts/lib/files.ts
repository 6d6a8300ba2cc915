// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { existsSync } from "node:fs";
import { run } from "./run.ts";

/** Files of the repo, committed or about to be: those that git does not ignore. */
export async function listFiles(...patterns: string[]): Promise<string[]> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...patterns];
  const { ok, stdout, output } = await run("git", args);
  if (!ok) throw new Error(`Cannot list the files of the repo: ${output}`);
  const files = new Set(stdout.split("\0").filter(Boolean));
  return [...files].filter((file) => existsSync(file)).sort();
}
