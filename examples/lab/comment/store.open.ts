// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { isPostgresUrl } from "../kit/postgres-url.ts";
import type { CommentStore } from "./store.ts";

/** Schemes of the addresses that `openCommentDatabase` knows. */
export const commentStoreSchemes = ["sqlite", "postgres", "postgresql"] as const;

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
 * @throws PermanentError when waiting mends nothing: the message says what is wrong.
 */
export async function openCommentDatabase(url: string): Promise<CommentDatabase> {
  if (isPostgresUrl(url)) {
    const { openPostgresCommentStore } = await import("./store.postgres.ts");
    return { store: await openPostgresCommentStore(url) };
  }
  const { openSqliteCommentStore } = await import("./store.sqlite.ts");
  const store = openSqliteCommentStore(url);
  // Other processes write to the file too, and only its version says that they did.
  return { store, version: store.version };
}
