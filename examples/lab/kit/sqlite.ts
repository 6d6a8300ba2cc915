// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PermanentError } from "./wait-for.ts";

/** How long a process waits for another one's write. */
const lockTimeoutMs = 5000;

// Result codes of SQLite: https://www.sqlite.org/rescode.html
const busy = 5;
const unusable = [11, 14, 26]; // CORRUPT, CANTOPEN, NOTADB
const passing = [5, 6, 10, 13, 14]; // BUSY, LOCKED, IOERR, FULL, CANTOPEN

/**
 * Opens the file of a `sqlite:path` URL (`sqlite::memory:` for none), and makes its folder.
 *
 * Write-ahead logging lets several processes read while one writes; one that finds the file locked
 * waits. `synchronous=NORMAL` keeps what was committed through a crash of the process; only a
 * power cut can take the last commits, which is the right trade for a database on a laptop.
 *
 * @throws PermanentError when the file is damaged, no database, or cannot be opened.
 */
export function openSqlite(url: string): DatabaseSync {
  const path = url.replace(/^sqlite:/, "");
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
  try {
    const database = new DatabaseSync(path, { timeout: lockTimeoutMs });
    switchToWriteAheadLog(database);
    database.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
    return database;
  } catch (error) {
    if (!unusable.includes(primaryCode(error))) throw error;
    const reason = (error as Error).message;
    throw new PermanentError(`Cannot open database '${path}': ${reason}`, { cause: error });
  }
}

// Of several processes that make the file at once SQLite lets one switch it and refuses the others,
// without the wait that it has for all other locks.
function switchToWriteAheadLog(database: DatabaseSync): void {
  const deadline = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (primaryCode(error) !== busy || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Whether the same work may succeed later: the file is locked, the disk is full, and the like. */
export function isPassingError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  // ERR_INVALID_STATE: the connection was closed, as it is when the process stops.
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_INVALID_STATE" || passing.includes(primaryCode(error));
}

function primaryCode(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** Runs the work in a transaction that takes the write lock at once, so that it cannot fail later. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // After some errors, such as a full disk, SQLite has rolled back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Changes whenever another connection, of any process, has committed a change. */
export function dataVersion(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA data_version").get()?.data_version);
}
