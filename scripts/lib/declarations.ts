// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Package } from "./packages.ts";
import { run } from "./run.ts";

/** `outDir` of tsconfig.build.json. */
const output = "node_modules/.cache/labwire/declarations";

/**
 * Writes the declarations of packages into their `dist`.
 *
 * One run of tsc does it for all: it resolves packages of the workspace to their sources, so that
 * the order in which they are built does not matter.
 *
 * @throws what tsc printed, when it found a fault
 */
export async function writeDeclarations(packages: readonly Package[]): Promise<void> {
  await rm(output, { recursive: true, force: true });
  const { ok, output: printed } = await run("tsc", ["-p", "tsconfig.build.json"]);
  if (!ok) throw new Error(printed);
  await Promise.all(packages.map(({ id, dir }) => place(join(output, id, "src"), dir)));
}

async function place(from: string, dir: string): Promise<void> {
  for (const file of await readdir(from, { recursive: true })) {
    if (!/\.d\.ts(\.map)?$/.test(file)) continue;
    const target = join(dir, "dist", file);
    const text = await readFile(join(from, file), "utf8");
    await mkdir(dirname(target), { recursive: true });
    await writeFile(
      target,
      file.endsWith(".map")
        ? relocateMap(text, relative(dirname(target), join(dir, "src", file.slice(0, -9))))
        : rewriteImports(text),
    );
  }
}

/** tsc leaves `./codec.ts` in declarations; beside them lies `./codec.js`. */
export function rewriteImports(declarations: string): string {
  return declarations.replace(/(["'])(\.{1,2}\/[^"'\n]+)\.ts\1/g, "$1$2.js$1");
}

/** The map was written for another folder: it names one source, without its ending here. */
export function relocateMap(map: string, source: string): string {
  return JSON.stringify({ ...JSON.parse(map), sources: [`${source}.ts`] });
}
