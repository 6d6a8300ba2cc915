// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import type { Package } from "./packages.ts";
import { run } from "./run.ts";

/** Packs a built package as npm would publish it, and returns the path of the tarball. */
export async function pack({ dir }: Package, folder: string): Promise<string> {
  const args = ["pack", "--json", "--silent", "--pack-destination", folder];
  const { ok, stdout, output } = await run("npm", args, { cwd: dir });
  if (!ok) throw new Error(`Cannot pack ${dir}: ${output}`);
  const answer: unknown = JSON.parse(stdout);
  const [packed] = Array.isArray(answer) ? answer : Object.values(answer as object);
  return join(folder, packed.filename);
}
