// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { buildIntoCache, cacheFolder, folderOf } from "./cache.ts";
import type { CachedRecipe } from "./recipe.ts";

const recipe: CachedRecipe = {
  name: "tool",
  version: "1.2",
  needs: {},
  files: { "bin/run": "#!/bin/sh", "src/go.mod": "module x" },
  steps: [["build", "$PREFIX/bin/tool"], ["check"]],
  env: { GOBIN: "$PREFIX/bin" },
  programs: { tool: "bin/tool" },
};

test("buildIntoCache() shows the folder when all steps are done, and not before", async () => {
  const cache = temporaryFolder();
  const seen: boolean[] = [];
  const commands: string[][] = [];

  await buildIntoCache(recipe, cache, async ([name, ...args], { cwd, env }) => {
    seen.push(existsSync(folderOf(recipe, cache)));
    commands.push([name ?? "", ...args.map((arg) => arg.replace(cwd, "."))]);
    expect(env).toEqual({ GOBIN: join(cwd, "bin") });
    writeFileSync(join(cwd, "bin/tool"), "built");
  });

  expect(seen).toEqual([false, false]);
  expect(commands).toEqual([["build", "./bin/tool"], ["check"]]);
  const folder = folderOf(recipe, cache);
  expect(readFileSync(join(folder, "bin/tool"), "utf8")).toBe("built");
  expect(readFileSync(join(folder, "src/go.mod"), "utf8")).toBe("module x");
  expect(readdirSync(cache)).toHaveLength(1);
});

test("buildIntoCache() leaves nothing when a step fails", async () => {
  const cache = temporaryFolder();

  const building = buildIntoCache(recipe, cache, async ([name], { cwd }) => {
    writeFileSync(join(cwd, "bin/tool"), "half");
    if (name === "check") throw new Error("Cannot check");
  });

  await expect(building).rejects.toThrow("Cannot check");
  expect(readdirSync(cache)).toEqual([]);
});

test("buildIntoCache() rejects when the steps made no program", async () => {
  const cache = temporaryFolder();

  await expect(buildIntoCache(recipe, cache, async () => {})).rejects.toThrow(
    "Cannot install tool: its steps made no 'bin/tool'",
  );
  expect(readdirSync(cache)).toEqual([]);
});

test("buildIntoCache() takes what another install was faster with", async () => {
  const cache = temporaryFolder();
  const both = Promise.withResolvers<void>();
  let building = 0;
  const build = () =>
    buildIntoCache(recipe, cache, async (_command, { cwd }) => {
      writeFileSync(join(cwd, "bin/tool"), "built");
      if (++building === 2) both.resolve();
      await both.promise;
    });

  await Promise.all([build(), build()]);

  expect(readdirSync(cache)).toHaveLength(1);
});

test("buildIntoCache() removes what a killed install has left, and nothing of one that runs", async () => {
  const cache = temporaryFolder();
  // No process has this number: Linux and macOS stop below it.
  const abandoned = ".staging-2000000000-a";
  const other = `.staging-${process.ppid}-b`;
  for (const name of [abandoned, other]) mkdirSync(join(cache, name));

  await buildIntoCache(recipe, cache, async (_command, { cwd }) => {
    writeFileSync(join(cwd, "bin/tool"), "built");
  });

  expect(readdirSync(cache).sort()).toEqual([other, readdirSync(cache).at(-1)]);
});

test("folderOf() differs when a step, a file or a version does", () => {
  const variants: CachedRecipe[] = [
    recipe,
    { ...recipe, version: "1.3" },
    { ...recipe, steps: [["build", "-fast"]] },
    { ...recipe, files: {} },
    { ...recipe, env: {} },
  ];
  expect(new Set(variants.map((variant) => folderOf(variant, "/cache"))).size).toBe(5);
  expect(folderOf({ ...recipe, needs: { go: "golang" } }, "/cache")).toBe(
    folderOf(recipe, "/cache"),
  );
});

test("cacheFolder() is LABWIRE_CACHE, else labwire in the user's cache", () => {
  expect(cacheFolder({ LABWIRE_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
  expect(cacheFolder({ LABWIRE_CACHE: "", XDG_CACHE_HOME: "/b" })).toBe("/b/labwire");
  expect(cacheFolder({})).toMatch(/\/\.cache\/labwire$/);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "labwire-cache-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
