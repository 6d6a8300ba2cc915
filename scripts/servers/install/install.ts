// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { run } from "../../lib/run.ts";
import { buildIntoCache, cacheFolder } from "./cache.ts";
import { installDebianPackages } from "./debian.ts";
import type { CachedRecipe, Recipe } from "./recipe.ts";
import { recipes } from "./recipes.ts";
import { findProgram, isInstalled, programsOf } from "./tool-path.ts";

/** Two at a time: a build waits for downloads and for the linker, while another uses the cores. */
const atOnce = 2;

/**
 * Installs what is missing, of all recipes or of those named. One that fails keeps no other from
 * being installed; gives the errors.
 */
export async function install(
  names: readonly string[],
  log: (line: string) => void,
): Promise<Error[]> {
  const missing = selectRecipes(names).filter((recipe) => !isInstalled(recipe));
  const errors: Error[] = [];
  const packages = attempt("Debian packages", () => installDebianPackages(packagesFor(missing)));
  const queue = missing.filter((recipe) => "steps" in recipe);
  const workers = Array.from({ length: atOnce }, async () => {
    for (let recipe = queue.shift(); recipe; recipe = queue.shift()) {
      await attempt(recipe.name, build.bind(undefined, recipe));
    }
  });
  await Promise.all([packages, ...workers]);
  return errors;

  async function attempt(what: string, action: () => Promise<boolean>): Promise<void> {
    const started = performance.now();
    try {
      if (!(await action())) return;
      log(`installed ${what} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    } catch (error) {
      errors.push(error as Error);
      log(error instanceof Error ? error.message : String(error));
    }
  }

  async function build(recipe: CachedRecipe): Promise<boolean> {
    if (unmetNeeds(recipe).length > 0) await packages;
    const unmet = unmetNeeds(recipe).map(([command]) => `'${command}'`);
    if (unmet.length > 0) {
      throw new Error(`Cannot install ${recipe.name}: it needs ${unmet.join(" and ")} in PATH`);
    }
    await buildIntoCache(recipe, cacheFolder(), async (command, options) => {
      const [program = "", ...args] = command;
      const { ok, output } = await run(program, args, options);
      if (!ok) throw new Error(`Cannot install ${recipe.name}: ${command.join(" ")}\n${output}`);
    });
    return true;
  }
}

/** All recipes, or those that are named or that bring a program of that name. */
export function selectRecipes(names: readonly string[]): readonly Recipe[] {
  if (names.length === 0) return recipes;
  const selected = names.map((name) => {
    const recipe = recipes.find((candidate) => {
      return candidate.name === name || programsOf(candidate).includes(name);
    });
    const known = recipes.map((candidate) => candidate.name).join(", ");
    if (!recipe) throw new Error(`Cannot install '${name}': there are ${known}`);
    return recipe;
  });
  return [...new Set(selected)];
}

function packagesFor(missing: readonly Recipe[]): string[] {
  const packages = missing.flatMap((recipe) =>
    "debian" in recipe ? [recipe.debian] : unmetNeeds(recipe).map(([, debian]) => debian),
  );
  return [...new Set(packages)];
}

function unmetNeeds({ needs }: CachedRecipe): [command: string, debian: string][] {
  return Object.entries(needs).filter(([command]) => !findProgram(command));
}
