// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";

/** The parts of a package.json that the scripts read. */
export interface Manifest {
  name: string;
  version?: string;
  private?: boolean;
  exports?: Record<string, string | Record<string, string>>;
  bin?: Record<string, string>;
  engines?: Record<string, string>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** A published package of the workspace. */
export interface Package {
  /** Folder name, such as `otelkit`. */
  id: string;
  /** Path from the root of the repo, such as `packages/otelkit`. */
  dir: string;
  manifest: Manifest;
}

/** A module that a package is published with: `import "<specifier>"`, or a bin without one. */
export interface Entry {
  specifier?: string;
  /** Path in the package without its extension, such as `index` of `dist/index.js`. */
  path: string;
}

/** Reads a package.json, of the root of the repo when no folder is named. */
export function readManifest(dir = "."): Manifest {
  return JSON.parse(readFileSync(`${dir}/package.json`, "utf8"));
}

/** All packages that are published, by name. */
export function readPackages(): Package[] {
  return readdirSync("packages", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      id: name,
      dir: `packages/${name}`,
      manifest: readManifest(`packages/${name}`),
    }))
    .filter(({ manifest }) => !manifest.private)
    .sort((a, b) => a.id.localeCompare(b.id));
}

/** The modules that `exports` and `bin` promise below `./dist`. */
export function entriesOf(manifest: Manifest): Entry[] {
  const entries: Entry[] = [];
  for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
    const path = distPath(typeof target === "string" ? target : target.default);
    if (path) entries.push({ specifier: manifest.name + subpath.slice(1), path });
  }
  for (const target of Object.values(manifest.bin ?? {})) {
    const path = distPath(target);
    if (path) entries.push({ path });
  }
  return entries;
}

function distPath(target: string | undefined): string | undefined {
  return target?.match(/^\.\/dist\/(.+)\.js$/)?.[1];
}
