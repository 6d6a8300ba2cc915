// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes `dist` of every package, or of those named: `npm run build -- otelkit`.

import { existsSync } from "node:fs";
import { build as bundle } from "tsup";
import { writeDeclarations } from "./lib/declarations.ts";
import { entriesOf, type Package, readPackages } from "./lib/packages.ts";

const names = process.argv.slice(2);
const packages = readPackages().filter(({ id }) => names.length === 0 || names.includes(id));
const unknown = names.filter((name) => !packages.some(({ id }) => id === name));
if (unknown.length > 0) {
  console.error(`Cannot build ${unknown.join(", ")}: not a folder of packages/`);
  process.exit(1);
}

const started = performance.now();
try {
  await Promise.all(packages.map(writeModules));
  await writeDeclarations(packages);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`Built ${packages.map(({ id }) => id).join(", ")} in ${seconds} s`);

/** Bundles a package's own modules into one file an entry; code that entries share is shared. */
async function writeModules({ dir, manifest }: Package): Promise<void> {
  const entry: Record<string, string> = {};
  for (const { path } of entriesOf(manifest)) {
    const source = `${dir}/src/${path}.ts`;
    if (!existsSync(source)) {
      throw new Error(
        `Cannot build ${dir}: dist/${path}.js is promised, but ${source} is not there`,
      );
    }
    entry[path] = source;
  }
  await bundle({
    entry,
    outDir: `${dir}/dist`,
    format: "esm",
    target: ["node22", "es2023"],
    platform: "node",
    splitting: true,
    sourcemap: true,
    clean: true,
    skipNodeModulesBundle: true,
    config: false,
    silent: true,
  });
}
