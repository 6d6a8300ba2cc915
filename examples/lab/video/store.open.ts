// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { OutboxStore } from "@labwire/kafkakit/outbox";
import { dataVersion, openSqlite } from "../kit/sqlite.ts";
import { createSqliteOutbox } from "./outbox.sqlite.ts";
import { createSqliteVideoStore } from "./store.sqlite.ts";
import type { VideoStore } from "./store.ts";

/** Schemes of the addresses that `openVideoDatabase` knows. */
export const videoStoreSchemes = ["sqlite"] as const;

export interface VideoStoreAddress {
  /** `sqlite:path/to/file` */
  readonly MONGO_URL: string;
  readonly MONGO_DATABASE: string;
}

/** The events that the store keeps with its rows. */
export interface VideoOutbox extends OutboxStore {
  /** Gives the lease back, so that another relay need not wait for its end. */
  close(): Promise<void>;
}

export interface VideoDatabase {
  /** Closes the database with it. */
  readonly store: VideoStore;
  readonly outbox: VideoOutbox;
  /** Changes whenever another process has written; absent when the database cannot tell. */
  readonly version?: () => number;
}

/**
 * Opens the videos at an address, and makes its tables or indexes if they are not there.
 *
 * @throws an error that names the scheme when no adapter has it.
 */
export async function openVideoDatabase(address: VideoStoreAddress): Promise<VideoDatabase> {
  const { MONGO_URL: url } = address;
  if (!url.startsWith("sqlite:")) {
    throw new Error(`Cannot open video store '${url.split(":")[0]}:': no adapter has this scheme`);
  }
  const database = openSqlite(url);
  // The store first: it makes the tables.
  const store = createSqliteVideoStore(database);
  return { store, outbox: createSqliteOutbox(database), version: () => dataVersion(database) };
}
