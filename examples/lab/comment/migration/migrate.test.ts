// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { createLogger, silentLogger } from "../../kit/logger.ts";
import { openSqlite } from "../../kit/sqlite.ts";
import { emptyDatabase } from "../database.testing.ts";
import type { Direction } from "./migrate.ts";
import { migrate } from "./migrate.ts";
import type { Migration } from "./read-migrations.ts";
import { openSqliteTarget } from "./target.sqlite.ts";
import type { MigrationTarget } from "./target.ts";
import { MigrationError } from "./target.ts";

const migrations = [
  migration(1, "CREATE TABLE a (x)", "DROP TABLE a"),
  migration(3, "CREATE TABLE b (x); INSERT INTO b VALUES (1)", "DROP TABLE b"),
];

test("migrate() applies every migration, oldest first, and each once", async () => {
  const { target, database } = await open();

  expect(await run(target, migrations, "up")).toEqual(["1_m.up.sql -> 1", "3_m.up.sql -> 3"]);
  expect(await run(target, migrations, "up")).toEqual([]);
  expect(dump(database)).toEqual({ tables: ["a", "b"], versions: [{ version: 3, dirty: 0 }] });
});

test("migrate() applies what has been added since", async () => {
  const { target } = await open();
  await run(target, migrations.slice(0, 1), "up");

  expect(await run(target, migrations, "up")).toEqual(["3_m.up.sql -> 3"]);
});

test("migrate() rolls back every migration, newest first, and each once", async () => {
  const { target, database } = await open();
  await run(target, migrations, "up");

  expect(await run(target, migrations, "down")).toEqual(["3_m.down.sql -> 1", "1_m.down.sql -> 0"]);
  expect(await run(target, migrations, "down")).toEqual([]);
  expect(dump(database)).toEqual({ tables: [], versions: [] });
});

test("migrate() leaves nothing of a migration that fails, and all of those before it", async () => {
  const { target, database } = await open();
  const broken = [...migrations, migration(4, "CREATE TABLE c (x); CREATE TABEL d (x)", "")];

  await expect(run(target, broken, "up")).rejects.toThrow(
    new MigrationError(`Cannot run '4_m.up.sql': near "TABEL": syntax error`),
  );

  expect(dump(database)).toEqual({ tables: ["a", "b"], versions: [{ version: 3, dirty: 0 }] });
});

test("migrate() refuses a dirty version by name, and changes nothing", async () => {
  const { target, database } = await open();
  await run(target, migrations.slice(0, 1), "up");
  database.exec("UPDATE schema_migrations SET dirty = 1");

  await expect(run(target, migrations, "up")).rejects.toThrow("version 1 is dirty");
  await expect(run(target, migrations, "down")).rejects.toThrow("version 1 is dirty");
  expect(dump(database).tables).toEqual(["a"]);
});

test("migrate() refuses an unknown version by name, and changes nothing", async () => {
  const { target, database } = await open();
  await run(target, migrations, "up");
  const older = migrations.slice(0, 1);
  const message = "the database is at version 3, which none of the files here has";

  await expect(run(target, older, "up")).rejects.toThrow(message);
  await expect(run(target, older, "down")).rejects.toThrow(message);
  expect(dump(database).tables).toEqual(["a", "b"]);
});

test("migrate() refuses to roll back what has no down file", async () => {
  const { target } = await open();
  const [first, second] = migrations;
  if (first === undefined || second === undefined) throw new Error("There are two migrations");
  const oneWay = [{ ...first, down: undefined }, second];
  await run(target, oneWay, "up");

  await expect(run(target, oneWay, "down")).rejects.toThrow(
    "Cannot roll back '1_m.up.sql': it has no down file",
  );
});

test("a second migrator waits for the first", async () => {
  const url = await emptyDatabase();
  const first = openSqlite(url);
  onTestFinished(() => first.close());
  first.exec("BEGIN IMMEDIATE");
  const lines: string[] = [];
  const logger = createLogger({
    write: (line) => {
      lines.push(line.replace(/^\S+ /, ""));
      first.exec("COMMIT");
    },
  });
  const second = await openSqliteTarget(url, { logger });
  onTestFinished(() => second.close());

  expect(await run(second, migrations, "up")).toHaveLength(2);
  expect(lines).toEqual([
    'warn  Waiting for another migrator error="database is locked" retryMs=100\n',
  ]);
});

test("two migrators at once apply each migration once", async () => {
  const url = await emptyDatabase();
  const targets = await Promise.all([1, 2].map(() => openTarget(url)));

  const steps = await Promise.all(targets.map((target) => run(target, migrations, "up")));

  expect(steps.flat().sort()).toEqual(["1_m.up.sql -> 1", "3_m.up.sql -> 3"]);
});

async function open(): Promise<{ target: MigrationTarget; database: DatabaseSync }> {
  const url = await emptyDatabase();
  const target = await openTarget(url);
  const database = openSqlite(url);
  onTestFinished(() => database.close());
  return { target, database };
}

async function openTarget(url: string): Promise<MigrationTarget> {
  const target = await openSqliteTarget(url, { logger: silentLogger });
  onTestFinished(() => target.close());
  return target;
}

/** The steps that were run, as `file -> version`. */
async function run(
  target: MigrationTarget,
  files: readonly Migration[],
  direction: Direction,
): Promise<string[]> {
  const steps: string[] = [];
  await migrate(target, files, direction, ({ file, version }) => {
    steps.push(`${file} -> ${version}`);
  });
  return steps;
}

function migration(version: number, up: string, down: string): Migration {
  return {
    version,
    up: { name: `${version}_m.up.sql`, sql: up },
    down: { name: `${version}_m.down.sql`, sql: down },
  };
}

function dump(database: DatabaseSync) {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE name <> 'schema_migrations' ORDER BY name")
    .all();
  const versions = database.prepare("SELECT version, dirty FROM schema_migrations").all();
  return { tables: tables.map(({ name }) => name), versions: versions.map((row) => ({ ...row })) };
}
