// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "../lib/pack.ts";
import { readPackages } from "../lib/packages.ts";
import { run } from "../lib/run.ts";
import { outcomeOf, type Step } from "./step.ts";

/** Builds and packs every package, and reads the tarballs as npm and TypeScript users would. */
export const publishedPackages: Step = {
  name: "published packages",
  async run() {
    const built = await run("node", ["scripts/build.ts"]);
    if (!built.ok) return { status: "failed", detail: built.output };
    const folder = await mkdtemp(join(tmpdir(), "labwire-pack-"));
    try {
      const faults = await Promise.all(
        readPackages().map(async (pkg) => {
          const tarball = await pack(pkg, folder);
          const results = await Promise.all([
            run("publint", ["--strict", tarball]),
            run("attw", [tarball, "--profile", "esm-only", "--no-color", "--no-emoji"]),
          ]);
          return results.filter(({ ok }) => !ok).map(({ output }) => `${pkg.id}: ${output}`);
        }),
      );
      return outcomeOf(faults.flat());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
