// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../kit/sqlite.ts";
import { emptyDatabase } from "../database.testing.ts";
import { describeMigrationTarget, listeningLogger, migration, run } from "./target.contract.ts";
import { openSqliteTarget } from "./target.sqlite.ts";

describeMigrationTarget("openSqliteTarget()", async () => {
  const url = await emptyDatabase();
  const database = openSqlite(url);
  onTestFinished(() => database.close());
  return {
    open: async (logger) => {
      const target = await openSqliteTarget(url, { logger });
      onTestFinished(() => target.close());
      return target;
    },
    query: async (sql) => database.prepare(sql).all(),
    tablesQuery: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    syntaxError: 'near "TABEL": syntax error',
  };
});

test("a second migrator waits for the first", async () => {
  const url = await emptyDatabase();
  const first = openSqlite(url);
  onTestFinished(() => first.close());
  first.exec("BEGIN IMMEDIATE");
  const { logger, lines } = listeningLogger(() => first.exec("COMMIT"));
  const second = await openSqliteTarget(url, { logger });
  onTestFinished(() => second.close());

  expect(await run(second, [migration(1, "CREATE TABLE a (x INTEGER)", "")], "up")).toHaveLength(1);
  expect(lines).toEqual([
    'warn  Waiting for another migrator error="database is locked" retryMs=100',
  ]);
});
