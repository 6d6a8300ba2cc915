// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cache, Cached } from "../kit/cache/cache.ts";
import type { Video, VideoStore } from "./store.ts";

const lists = "listVideo:";

/**
 * Reads go through the cache, under `getVideo:{id}` and `listVideo:{limit}:{skip}`; every write
 * forgets what it may have changed.
 */
export function createCachedVideoStore(store: VideoStore, cache: Cache): VideoStore {
  async function forgetAfter<T>(id: string, write: Promise<T>): Promise<T> {
    try {
      return await write;
    } finally {
      // Also after an error: the write may have come through, and only its answer was lost.
      await Promise.all([cache.invalidate(one(id).group), cache.invalidate(lists)]);
    }
  }

  return {
    get: (id) => cache.read(one(id), () => store.get(id)),
    list: (limit, skip) => cache.read(page(limit, skip), () => store.list(limit, skip)),
    create: (video, event) => forgetAfter(video.id, store.create(video, event)),
    markEncoding: (id) => forgetAfter(id, store.markEncoding(id)),
    updateVariant: (id, scale, url) => forgetAfter(id, store.updateVariant(id, scale, url)),
    markFailed: (id) => forgetAfter(id, store.markFailed(id)),
    beginDelete: (id) => forgetAfter(id, store.beginDelete(id)),
    finishDelete: (id) => forgetAfter(id, store.finishDelete(id)),
    deleting: () => store.deleting(),
    close: () => store.close(),
  };
}

function one(id: string): Cached<Video> {
  const key = `getVideo:${id}`;
  return { key, group: key, revive: (json) => withDates(json as Video) };
}

function page(limit: number, skip: number): Cached<Video[]> {
  return {
    key: `${lists}${limit}:${skip}`,
    group: lists,
    revive: (json) => (json as Video[]).map(withDates),
  };
}

function withDates(video: Video): Video {
  return { ...video, createdAt: new Date(video.createdAt), updatedAt: new Date(video.updatedAt) };
}
