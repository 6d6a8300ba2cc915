// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MigrationError } from "./target.ts";

export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
}

export interface Migration {
  /** From 1 up. */
  readonly version: number;
  readonly up: MigrationFile;
  /** Absent when the migration cannot be rolled back. */
  readonly down: MigrationFile | undefined;
}

/**
 * Reads the migrations of a folder, by version: files named `001_name.up.sql` and, to undo it,
 * `001_name.down.sql`. Files that are not `.sql` are left alone.
 *
 * @throws MigrationError when there are none, or names or versions do not fit together.
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readFolder(folder)).filter((name) => name.endsWith(".sql")).sort();
  if (names.length === 0) throw new MigrationError(`Cannot find SQL files in '${folder}'`);

  const migrations = new Map<number, { up?: MigrationFile; down?: MigrationFile }>();
  for (const name of names) {
    const { version, direction } = parseName(name);
    const migration = migrations.get(version) ?? {};
    const other = migration[direction];
    if (other !== undefined) {
      throw new MigrationError(`Cannot tell '${other.name}' from '${name}': same version`);
    }
    migration[direction] = { name, sql: await readFile(join(folder, name), "utf8") };
    migrations.set(version, migration);
  }
  return [...migrations]
    .sort(([a], [b]) => a - b)
    .map(([version, { up, down }]) => {
      if (up === undefined) throw new MigrationError(`Cannot find the up file of '${down?.name}'`);
      return { version, up, down };
    });
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "no such folder" : cause;
    throw new MigrationError(`Cannot read the folder '${folder}': ${reason}`, { cause });
  }
}

function parseName(name: string): { version: number; direction: "up" | "down" } {
  const [, version, direction] = /^(\d{1,15})_.+\.(up|down)\.sql$/.exec(name) ?? [];
  if (Number(version) > 0 && (direction === "up" || direction === "down")) {
    return { version: Number(version), direction };
  }
  throw new MigrationError(
    `Cannot take '${name}' for a migration: its name must be like 001_name.up.sql`,
  );
}
