// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { Logger } from "../../kit/logger.ts";
import { createLogger, silentLogger } from "../../kit/logger.ts";
import type { Direction } from "./migrate.ts";
import { migrate } from "./migrate.ts";
import type { Migration } from "./read-migrations.ts";
import type { MigrationTarget } from "./target.ts";
import { MigrationError } from "./target.ts";

export interface MigrationDatabase {
  /** Another migrator of the same database. */
  open(logger: Logger): Promise<MigrationTarget>;
  /** Runs a statement, and answers its rows. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The names of its tables. */
  readonly tablesQuery: string;
  /** What the database says to `CREATE TABEL`. */
  readonly syntaxError: string;
}

const migrations = [
  migration(1, "CREATE TABLE a (x INTEGER)", "DROP TABLE a"),
  migration(3, "CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (1)", "DROP TABLE b"),
];

/** What every migration target does. `open` answers an empty database, and sees to its end. */
export function describeMigrationTarget(
  name: string,
  open: () => Promise<MigrationDatabase>,
): void {
  describe(name, () => {
    test("migrate() applies every migration, oldest first, and each once", async () => {
      const { target, dump } = await start();

      expect(await run(target, migrations, "up")).toEqual(["1_m.up.sql -> 1", "3_m.up.sql -> 3"]);
      expect(await run(target, migrations, "up")).toEqual([]);
      expect(await dump()).toEqual({ tables: ["a", "b"], versions: [3] });
    });

    test("migrate() applies what has been added since", async () => {
      const { target } = await start();
      await run(target, migrations.slice(0, 1), "up");

      expect(await run(target, migrations, "up")).toEqual(["3_m.up.sql -> 3"]);
    });

    test("migrate() rolls back every migration, newest first, and each once", async () => {
      const { target, dump } = await start();
      await run(target, migrations, "up");

      const steps = await run(target, migrations, "down");

      expect(steps).toEqual(["3_m.down.sql -> 1", "1_m.down.sql -> 0"]);
      expect(await run(target, migrations, "down")).toEqual([]);
      expect(await dump()).toEqual({ tables: [], versions: [] });
    });

    test("migrate() leaves nothing of a migration that fails, and all of those before it", async () => {
      const { target, dump, syntaxError } = await start();
      const broken = [
        ...migrations,
        migration(4, "CREATE TABLE c (x INTEGER); CREATE TABEL d", ""),
      ];

      await expect(run(target, broken, "up")).rejects.toThrow(
        new MigrationError(`Cannot run '4_m.up.sql': ${syntaxError}`),
      );

      expect(await dump()).toEqual({ tables: ["a", "b"], versions: [3] });
    });

    test("migrate() goes on after a migration that failed, once it is mended", async () => {
      const { target, dump } = await start();
      const broken = [...migrations, migration(4, "CREATE TABEL d", "")];
      const mended = [...migrations, migration(4, "CREATE TABLE d (x INTEGER)", "")];
      await expect(run(target, broken, "up")).rejects.toThrow(MigrationError);

      expect(await run(target, mended, "up")).toEqual(["4_m.up.sql -> 4"]);
      expect(await dump()).toEqual({ tables: ["a", "b", "d"], versions: [4] });
    });

    test("migrate() refuses a dirty version by name, and changes nothing", async () => {
      const { target, query, dump } = await start();
      await run(target, migrations.slice(0, 1), "up");
      await query("UPDATE schema_migrations SET dirty = TRUE");

      await expect(run(target, migrations, "up")).rejects.toThrow("version 1 is dirty");
      await expect(run(target, migrations, "down")).rejects.toThrow("version 1 is dirty");
      expect((await dump()).tables).toEqual(["a"]);
    });

    test("migrate() refuses an unknown version by name, and changes nothing", async () => {
      const { target, dump } = await start();
      await run(target, migrations, "up");
      const older = migrations.slice(0, 1);
      const message = "the database is at version 3, which none of the files here has";

      await expect(run(target, older, "up")).rejects.toThrow(message);
      await expect(run(target, older, "down")).rejects.toThrow(message);
      expect((await dump()).tables).toEqual(["a", "b"]);
    });

    test("migrate() refuses to roll back what has no down file", async () => {
      const { target } = await start();
      const [first, second] = migrations;
      if (first === undefined || second === undefined) throw new Error("There are two migrations");
      const oneWay = [{ ...first, down: undefined }, second];
      await run(target, oneWay, "up");

      await expect(run(target, oneWay, "down")).rejects.toThrow(
        "Cannot roll back '1_m.up.sql': it has no down file",
      );
    });

    test("two migrators at once apply each migration once", async () => {
      const database = await open();
      const targets = await Promise.all([1, 2].map(() => database.open(silentLogger)));

      const steps = await Promise.all(targets.map((target) => run(target, migrations, "up")));

      expect(steps.flat().sort()).toEqual(["1_m.up.sql -> 1", "3_m.up.sql -> 3"]);
    });
  });

  async function start() {
    const database = await open();
    const target = await database.open(silentLogger);
    const dump = async () => {
      const tables = await database.query(database.tablesQuery);
      const versions = await database.query(
        "SELECT version FROM schema_migrations WHERE NOT dirty",
      );
      return {
        tables: tables.map(({ name }) => name).filter((table) => table !== "schema_migrations"),
        versions: versions.map(({ version }) => Number(version)),
      };
    };
    return { ...database, target, dump };
  }
}

/** A logger that keeps its lines, without their times, and tells of each. */
export function listeningLogger(onLine: (line: string) => void = () => {}) {
  const lines: string[] = [];
  const logger = createLogger({
    write: (line) => {
      lines.push(line.replace(/^\S+ /, "").trimEnd());
      onLine(line);
    },
  });
  return { logger, lines };
}

/** Migrates, and answers the steps that were run, as `file -> version`. */
export async function run(
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

export function migration(version: number, up: string, down: string): Migration {
  return {
    version,
    up: { name: `${version}_m.up.sql`, sql: up },
    down: { name: `${version}_m.down.sql`, sql: down },
  };
}
