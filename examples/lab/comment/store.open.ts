// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { openSqliteCommentStore } from "./store.sqlite.ts";
import type { CommentStore } from "./store.ts";

/** Schemes of the addresses that `openCommentDatabase` knows. */
export const commentStoreSchemes = ["sqlite"] as const;

export interface CommentDatabase {
  readonly store: CommentStore;
  /** Changes whenever another process has written; absent when the database cannot tell. */
  readonly version?: () => number;
}

/**
 * The store of a URL: the scheme chooses the adapter.
 *
 * @throws CommentStoreUnavailableError when the store cannot be reached now, or has not been
 * migrated.
 */
export async function openCommentDatabase(url: string): Promise<CommentDatabase> {
  const store = openSqliteCommentStore(url);
  // Other processes write to the file too, and only its version says that they did.
  return { store, version: store.version };
}
