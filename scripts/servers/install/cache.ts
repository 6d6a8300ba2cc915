// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { CachedRecipe } from "./recipe.ts";

/** Runs one step of a recipe; rejects when it fails. */
export type RunStep = (
  command: readonly string[],
  options: { cwd: string; env: Record<string, string> },
) => Promise<void>;

/** Where servers and tools are built to: outside the checkout, so that every checkout shares it. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LABWIRE_CACHE) return resolve(env.LABWIRE_CACHE);
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "labwire");
}

/** The folder of a recipe as it is at present: a changed recipe has another one. */
export function folderOf(recipe: CachedRecipe, cache: string): string {
  const { name, version, files, steps, env } = recipe;
  const hash = createHash("sha256").update(JSON.stringify({ files, steps, env }));
  return join(cache, `${name}-${version}-${hash.digest("hex").slice(0, 8)}`);
}

/**
 * Carries out a recipe in a folder beside the final one, which appears by one rename when every
 * step is done: what is there is whole, whoever else installs at the time.
 */
export async function buildIntoCache(
  recipe: CachedRecipe,
  cache: string,
  runStep: RunStep,
): Promise<void> {
  const final = folderOf(recipe, cache);
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const staging = join(cache, `.staging-${process.pid}-${randomUUID()}`);
  try {
    mkdirSync(join(staging, "bin"), { recursive: true });
    for (const [path, text] of Object.entries(recipe.files ?? {})) {
      mkdirSync(dirname(join(staging, path)), { recursive: true });
      writeFileSync(join(staging, path), text, { mode: path.startsWith("bin/") ? 0o755 : 0o644 });
    }
    const env = mapValues(recipe.env ?? {}, withPrefix);
    for (const step of recipe.steps) await runStep(step.map(withPrefix), { cwd: staging, env });
    checkPrograms(recipe, staging);
    moveTo(final, staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }

  function withPrefix(text: string): string {
    return text.replaceAll("$PREFIX", staging);
  }
}

function checkPrograms({ name, programs }: CachedRecipe, folder: string): void {
  const missing = Object.values(programs).find((path) => !existsSync(join(folder, path)));
  if (missing) throw new Error(`Cannot install ${name}: its steps made no '${missing}'`);
}

function moveTo(final: string, staging: string): void {
  try {
    renameSync(staging, final);
  } catch (error) {
    // Another install was faster.
    if (!existsSync(final)) throw error;
  }
}

/** Removes what installs left that were killed. */
function removeAbandoned(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = /^\.staging-(\d+)-/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function mapValues(
  record: Readonly<Record<string, string>>,
  map: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
