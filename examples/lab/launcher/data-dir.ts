// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Makes the folder and keeps other launchers from it until the returned function is called, or
 * this process is gone: a second lab in it would sweep the first one's unfinished uploads.
 *
 * @throws an error whose message names the folder when it cannot be made, or another lab uses it.
 */
export function takeDataDir(dataDir: string): () => void {
  try {
    mkdirSync(dataDir, { recursive: true });
    // SQLite's lock is the system's own, so that no kill can leave a stale one behind.
    const lock = new DatabaseSync(join(dataDir, "lab.lock"));
    lock.exec("BEGIN EXCLUSIVE");
    return () => lock.close();
  } catch (error) {
    throw new Error(`Cannot use the data folder '${dataDir}': ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  const { message, errcode } = error as Error & { errcode?: number };
  const busy = 5; // SQLITE_BUSY
  return errcode === busy ? "another lab uses it, LAB_DATA_DIR names one for this" : message;
}
