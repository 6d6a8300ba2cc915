// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cache } from "../kit/cache.ts";
import type { CommentStore } from "./store.ts";

/** Reads go through the cache, under `listComment:{videoID}:{limit}:{offset}`; writes forget. */
export function createCachedCommentStore(store: CommentStore, cache: Cache): CommentStore {
  const forget = (videoID: string) => cache.invalidate(`listComment:${videoID}:`);

  return {
    list: (videoID, page) =>
      cache.read(`listComment:${videoID}:${page.limit}:${page.offset}`, () =>
        store.list(videoID, page),
      ),
    create: async (comment) => {
      const created = await store.create(comment);
      await forget(created.videoID);
      return created;
    },
    update: async (id, content) => {
      const updated = await store.update(id, content);
      await forget(updated.videoID);
      return updated;
    },
    delete: async (id) => {
      const deleted = await store.delete(id);
      await forget(deleted.videoID);
      return deleted;
    },
    deleteByVideoID: async (videoID) => {
      const count = await store.deleteByVideoID(videoID);
      await forget(videoID);
      return count;
    },
    close: () => store.close(),
  };
}
