// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../../..");
const packageFolder = join(repository, "packages/embedded-kafka");

/** The package as users have it, bundled, after a build if a source is newer. */
export function builtFile(name: "cli.js" | "index.js"): string {
  const file = join(packageFolder, "dist", name);
  const builtMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync(join(packageFolder, "src/**/*.ts"));
  if (sources.every((source) => statSync(source).mtimeMs < builtMs)) return file;
  const { status } = spawnSync("node", ["scripts/build.ts", "embedded-kafka"], {
    cwd: repository,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`Cannot build '${file}'`);
  return file;
}
