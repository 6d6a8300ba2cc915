// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { build } from "esbuild";
import { writeLicences } from "./licences.ts";

const lab = fileURLToPath(new URL("../", import.meta.url));

const entries = {
  lab: "image/lab.ts",
  healthcheck: "image/healthcheck.ts",
  "probe-worker": "video/probe-worker.ts",
};

/** Files of the bundle that are run by name. */
export const bundleNames = Object.keys(entries).map((name) => `${name}.mjs`);

// CommonJS packages in an ES module still call `require` for what Node brings.
const requireForCommonJs = [
  'import { createRequire as createRequireForCommonJs } from "node:module";',
  "const require = createRequireForCommonJs(import.meta.url);",
].join("\n");

export interface Bundle {
  /** Bytes of all files of the folder. */
  readonly bytes: number;
  readonly files: readonly string[];
}

/**
 * Writes every process of the lab, with all that it imports, as JavaScript into one folder that
 * needs nothing but Node. What processes share is in files that they share, and what a process
 * imports lazily is a file that is read only then.
 *
 * @throws an error that names the folder when it holds anything but an older bundle, and the source
 * when it refers to a file in a way that is not understood.
 */
export async function bundleLab(folder: string): Promise<Bundle> {
  if (holdsSomethingElse(folder)) {
    throw new Error(`Cannot bundle the lab into '${folder}': it holds something else`);
  }
  rmSync(folder, { recursive: true, force: true });
  try {
    return await writeBundle(folder);
  } catch (error) {
    // What is left of it would be taken for something else.
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function writeBundle(folder: string): Promise<Bundle> {
  const { metafile } = await build({
    entryPoints: Object.entries(entries).map(([out, source]) => ({ out, in: join(lab, source) })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node24",
    bundle: true,
    splitting: true,
    // Names stay as they are, so that a stack trace can be read without a map.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    conditions: ["@labwire/source"],
    banner: { js: requireForCommonJs },
    metafile: true,
    logLevel: "warning",
    plugins: [filesBesideSources(folder), amendedKafkajs],
  });
  writeLicences(metafile, join(folder, "LICENSES.txt"));
  return sizeOf(folder);
}

function holdsSomethingElse(folder: string): boolean {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return false;
  return !bundleNames.every((name) => existsSync(join(folder, name)));
}

/**
 * Sources name workers and SQL files relative to themselves; in the bundle all are in its folder:
 * a worker as the entry of its name, a folder of files under its parent's and its own name.
 */
function filesBesideSources(folder: string): Plugin {
  const reference = /new URL\(\s*"(\.[^"]*)",\s*import\.meta\.url,?\s*\)/g;
  return {
    name: "files beside sources",
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        if (!path.startsWith(lab) || !source.includes("import.meta.url")) return undefined;
        const contents = source.replace(reference, (_, name: string) => {
          const target = bundledName(resolve(dirname(path), name), folder);
          return `new URL("./${target}", import.meta.url)`;
        });
        if (contents.replace(reference, "").includes("import.meta.url")) {
          throw new Error(
            `Cannot bundle '${path}': its import.meta.url is in no new URL("./name", import.meta.url)`,
          );
        }
        return { contents, loader: "ts" };
      });
    },
  };
}

function bundledName(path: string, folder: string): string {
  if (path.endsWith(".ts")) {
    const name = basename(path, ".ts");
    if (!Object.hasOwn(entries, name)) throw new Error(`Cannot bundle '${path}': it is no entry`);
    return `${name}.mjs`;
  }
  const name = `${basename(dirname(path))}-${basename(path)}`;
  cpSync(path, join(folder, name), { recursive: true });
  return `${name}/`;
}

/** kafkakit amends a module of kafkajs that it loads by name, which only a bundler can find here. */
const amendedKafkajs: Plugin = {
  name: "amended kafkajs",
  setup: ({ onLoad }) => {
    onLoad({ filter: /calm-timers\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = source.replace('load("kafkajs/', 'require("kafkajs/');
      if (contents === source) throw new Error(`Cannot bundle '${path}': nothing loads kafkajs`);
      return { contents, loader: "ts" };
    });
  },
};

function sizeOf(folder: string): Bundle {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
  const bytes = files.reduce((total, name) => total + statSync(join(folder, name)).size, 0);
  return { files, bytes };
}
