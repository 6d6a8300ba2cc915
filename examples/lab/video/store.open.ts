// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { openSqlite } from "../kit/sqlite.ts";
import { createSqliteVideoStore } from "./store.sqlite.ts";
import type { VideoStore } from "./store.ts";

/** Schemes of the addresses that `openVideoStore` knows. */
export const videoStoreSchemes = ["sqlite"] as const;

/**
 * Opens the video store at an address, and makes its tables if they are not there.
 *
 * @param url `sqlite:path/to/file`
 * @throws an error that names the scheme when no adapter has it.
 */
export function openVideoStore(url: string): VideoStore {
  if (url.startsWith("sqlite:")) return createSqliteVideoStore(openSqlite(url));
  throw new Error(`Cannot open video store '${url.split(":")[0]}:': no adapter has this scheme`);
}
