// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createLocalCache } from "../kit/cache.ts";
import { createCachedCommentStore } from "./store.cached.ts";
import { openSqliteCommentStore } from "./store.sqlite.ts";
import type { CommentStore } from "./store.ts";

/**
 * The store of a URL, with a cache before it: the scheme chooses the adapter.
 *
 * @throws CommentStoreUnavailableError when the store cannot be reached now, or has not been
 * migrated.
 */
export function openCommentStore(url: string): CommentStore {
  const store = openSqliteCommentStore(url);
  // Other processes write to the file too, and only its version says that they did.
  const cache = createLocalCache({ version: store.version });
  return createCachedCommentStore(store, cache);
}
