// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readMigrations } from "./read-migrations.ts";

test("readMigrations() answers the files of a folder by version", async () => {
  const folder = await folderOf({
    "010_b.up.sql": "up b",
    "2_a.up.sql": "up a",
    "2_a.down.sql": "down a",
    "README.md": "not a migration",
  });

  expect(await readMigrations(folder)).toEqual([
    {
      version: 2,
      up: { name: "2_a.up.sql", sql: "up a" },
      down: { name: "2_a.down.sql", sql: "down a" },
    },
    { version: 10, up: { name: "010_b.up.sql", sql: "up b" }, down: undefined },
  ]);
});

test.each([
  ["no SQL file", { "README.md": "" }, /^Cannot find SQL files in '.+'$/],
  [
    "another name",
    { "create.sql": "" },
    /^Cannot take 'create.sql' for a migration: its name must be like 001_name.up.sql$/,
  ],
  ["version 0", { "000_a.up.sql": "" }, /^Cannot take '000_a.up.sql' for a migration/],
  [
    "two files of one version",
    { "1_a.up.sql": "", "1_b.up.sql": "" },
    /^Cannot tell '1_a.up.sql' from '1_b.up.sql': same version$/,
  ],
  ["no up file", { "1_a.down.sql": "" }, /^Cannot find the up file of '1_a.down.sql'$/],
])("readMigrations() refuses a folder with %s", async (_, files, message) => {
  await expect(readMigrations(await folderOf(files))).rejects.toThrow(message);
});

test("readMigrations() names a folder that is not there", async () => {
  await expect(readMigrations("/no/such/folder")).rejects.toThrow(
    "Cannot read the folder '/no/such/folder': no such folder",
  );
});

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "labwire-migrations-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}
