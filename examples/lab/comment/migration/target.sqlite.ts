// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../../kit/logger.ts";
import { inTransaction, openSqlite } from "../../kit/sqlite.ts";
import { waitFor } from "../../kit/wait-for.ts";
import type { MigrationStep, MigrationTarget, SchemaState } from "./target.ts";
import { MigrationError } from "./target.ts";

export interface SqliteTargetOptions {
  /** Hears that another migrator is waited for. */
  readonly logger: Logger;
  /** Ends that wait. Default never. */
  readonly signal?: AbortSignal;
}

// https://sqlite.org/rescode.html#busy
const sqliteBusy = 5;

/**
 * The file of a `sqlite:<file>` URL. Its version is where golang-migrate keeps it too: the one row
 * of `schema_migrations(version, dirty)`, none before the first migration.
 */
export async function openSqliteTarget(
  url: string,
  options: SqliteTargetOptions,
): Promise<MigrationTarget> {
  const { logger, signal = new AbortController().signal } = options;

  // Only a lock of another migrator is waited for; any other failure is final.
  async function whenFree<T>(work: () => T): Promise<T> {
    const attempt = (): { value: T } | { error: unknown } => {
      try {
        return { value: work() };
      } catch (error) {
        if (isBusy(error)) throw error;
        return { error };
      }
    };
    const result = await waitFor("another migrator", attempt, { logger, signal, maxMs: 1000 });
    if ("error" in result) throw result.error;
    return result.value;
  }

  const database = await whenFree(() => openSqlite(url));
  // A wait within SQLite would hold up everything else in this process.
  database.exec("PRAGMA busy_timeout = 0");

  return {
    run: (choose) =>
      whenFree(() =>
        inTransaction(database, () => {
          const step = choose(readState(database));
          if (step !== undefined) apply(database, step);
          return step;
        }),
      ),
    close: async () => database.close(),
  };
}

function readState(database: DatabaseSync): SchemaState {
  database.exec(
    "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER NOT NULL PRIMARY KEY, dirty INTEGER NOT NULL)",
  );
  const row = database.prepare("SELECT version, dirty FROM schema_migrations").get();
  return { version: Number(row?.version ?? 0), dirty: Number(row?.dirty ?? 0) !== 0 };
}

function apply(database: DatabaseSync, { file, sql, version }: MigrationStep): void {
  try {
    database.exec(sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`Cannot run '${file}': ${reason}`, { cause });
  }
  database.exec("DELETE FROM schema_migrations");
  if (version === 0) return;
  database.prepare("INSERT INTO schema_migrations (version, dirty) VALUES (?, 0)").run(version);
}

function isBusy(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number };
  return (errcode & 0xff) === sqliteBusy;
}
