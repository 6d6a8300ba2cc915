// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder, folderOf } from "./cache.ts";
import type { DebianRecipe, Recipe } from "./recipe.ts";
import { recipes } from "./recipes.ts";

/**
 * The absolute path of a program that a recipe brings, such as `grpcurl`, `promtool`, `kustomize`
 * or `ffmpeg`; undefined when it is not installed. Throws when no recipe brings it.
 */
export function toolPath(program: string): string | undefined {
  const recipe = recipes.find((candidate) => programsOf(candidate).includes(program));
  if (!recipe) throw new Error(`Cannot find '${program}': no recipe brings it`);
  if ("debian" in recipe) return findProgram(program, recipe.folders);
  const path = join(folderOf(recipe, cacheFolder()), recipe.programs[program] ?? "");
  return existsSync(path) ? path : undefined;
}

/** Whether all programs of a recipe are there. */
export function isInstalled(recipe: Recipe): boolean {
  return programsOf(recipe).every((program) => toolPath(program) !== undefined);
}

/** Finds an executable in `PATH`, then in the folders; `*` in one stands for any one name. */
export function findProgram(
  program: string,
  folders: DebianRecipe["folders"] = [],
): string | undefined {
  const inPath = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...inPath, ...folders.flatMap(expand)]
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

/** Names of the programs that a recipe brings. */
export function programsOf({ programs }: Recipe): readonly string[] {
  return "length" in programs ? (programs as readonly string[]) : Object.keys(programs);
}

function expand(pattern: string): string[] {
  const [before, after] = pattern.split("*");
  if (before === undefined || after === undefined) return [pattern];
  const parent = dirname(`${before}x`);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((name) => `${before}${name}${after}`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a program that a server is run by. Throws when it is not installed. */
export function requireTool(program: string): string {
  const path = toolPath(program);
  if (!path) throw new Error(`Cannot run '${program}': it is not installed`);
  return path;
}
