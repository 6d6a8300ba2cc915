// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { OutboxStore } from "@labwire/kafkakit/outbox";
import { dataVersion, openSqlite } from "../kit/sqlite.ts";
import { createSqliteOutbox } from "./outbox.sqlite.ts";
import { createSqliteVideoStore } from "./store.sqlite.ts";
import type { VideoStore } from "./store.ts";

/** Schemes of the addresses that `openVideoDatabase` knows. */
export const videoStoreSchemes = ["sqlite", "mongodb", "mongodb+srv"] as const;

export interface VideoStoreAddress {
  /** `sqlite:path/to/file` or `mongodb://host:port` */
  readonly MONGO_URL: string;
  /** For MongoDB only. */
  readonly MONGO_DATABASE: string;
}

/** The events that the store keeps with its rows. */
export interface VideoOutbox extends OutboxStore {
  /** How many events wait, whoever has the lease, and since when the oldest does. */
  backlog(): Promise<{ pending: number; oldestAt: Date | undefined }>;
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
 * @throws an error that names the scheme when no adapter has it; VideoStoreUnavailableError when
 * the store cannot be reached now; PermanentError when no waiting would help.
 */
export async function openVideoDatabase(address: VideoStoreAddress): Promise<VideoDatabase> {
  const [scheme = ""] = address.MONGO_URL.split(":");
  switch (scheme) {
    case "sqlite":
      return openSqliteVideoDatabase(address.MONGO_URL);
    case "mongodb":
    case "mongodb+srv": {
      // Loaded when it is asked for: the driver takes memory that the embedded lab saves.
      const { openMongoVideoDatabase } = await import("./database.mongo.ts");
      return openMongoVideoDatabase(address);
    }
    default:
      throw new Error(`Cannot open video store '${scheme}:': no adapter has this scheme`);
  }
}

function openSqliteVideoDatabase(url: string): VideoDatabase {
  const database = openSqlite(url);
  // The store first: it makes the tables.
  const store = createSqliteVideoStore(database);
  return { store, outbox: createSqliteOutbox(database), version: () => dataVersion(database) };
}
