// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { dataVersion, openSqlite } from "../kit/sqlite.ts";
import type { SqliteOutbox } from "./outbox.sqlite.ts";
import { createSqliteOutbox } from "./outbox.sqlite.ts";
import { createSqliteVideoStore } from "./store.sqlite.ts";
import type { VideoStore } from "./store.ts";

/** Schemes of the addresses that `openVideoStore` knows. */
export const videoStoreSchemes = ["sqlite"] as const;

/** What the process that takes uploads needs of the database. */
export interface VideoDatabase {
  /** Closes the database with it. */
  readonly store: VideoStore;
  /** The events that the store keeps with its rows. */
  readonly outbox: SqliteOutbox;
  /** Changes whenever another process has written. */
  version(): number;
}

/**
 * Opens the video store at an address, and makes its tables if they are not there.
 *
 * @param url `sqlite:path/to/file`
 * @throws an error that names the scheme when no adapter has it.
 */
export function openVideoStore(url: string): VideoStore {
  return openVideoDatabase(url).store;
}

/** The same, with the outbox beside the store. */
export function openVideoDatabase(url: string): VideoDatabase {
  if (!url.startsWith("sqlite:")) {
    throw new Error(`Cannot open video store '${url.split(":")[0]}:': no adapter has this scheme`);
  }
  const database = openSqlite(url);
  // The store first: it makes the tables.
  const store = createSqliteVideoStore(database);
  return { store, outbox: createSqliteOutbox(database), version: () => dataVersion(database) };
}
