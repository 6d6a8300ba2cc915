// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dataVersion, inTransaction, openSqlite } from "./sqlite.ts";
import { PermanentError } from "./wait-for.ts";

test("openSqlite() opens a new file for several processes at once", async () => {
  const url = temporaryUrl();
  const source = `
    import { openSqlite } from "${new URL("sqlite.ts", import.meta.url)}";
    openSqlite(${JSON.stringify(url)}).exec("CREATE TABLE IF NOT EXISTS t (n INTEGER)");
  `;
  const opening = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "--eval", source], { stdio: "ignore" }),
  );

  const codes = await Promise.all(opening.map(async (child) => (await once(child, "exit"))[0]));

  expect(codes).toEqual([0, 0, 0, 0]);
});

test("openSqlite() says for good that a file is no database", () => {
  const url = temporaryUrl();
  const path = url.replace("sqlite:", "");
  writeFileSync(path, "not a database".repeat(100));

  expect(() => openSqlite(url)).toThrow(
    new PermanentError(`Cannot open database '${path}': file is not a database`),
  );
});

test("inTransaction() keeps nothing of work that throws", () => {
  const database = openSqlite("sqlite::memory:");
  database.exec("CREATE TABLE t (n INTEGER)");

  const failing = () =>
    inTransaction(database, () => {
      database.exec("INSERT INTO t VALUES (1)");
      throw new Error("no");
    });

  expect(failing).toThrow("no");
  expect(database.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 0 });
});

test("dataVersion() changes with the writes of other connections only", () => {
  const url = temporaryUrl();
  const mine = openSqlite(url);
  const other = openSqlite(url);
  onTestFinished(() => {
    mine.close();
    other.close();
  });
  mine.exec("CREATE TABLE t (n INTEGER)");
  const before = dataVersion(mine);

  mine.exec("INSERT INTO t VALUES (1)");
  const afterMine = dataVersion(mine);
  other.exec("INSERT INTO t VALUES (2)");
  const afterOther = dataVersion(mine);

  expect([afterMine === before, afterOther === before]).toEqual([true, false]);
});

function temporaryUrl(): string {
  const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return `sqlite:${join(folder, "test.db")}`;
}
