// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cache } from "../kit/cache.ts";
import type { VideoStore } from "./store.ts";

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
      await Promise.all([cache.invalidate(`getVideo:${id}`), cache.invalidate("listVideo:")]);
    }
  }

  return {
    get: (id) => cache.read(`getVideo:${id}`, () => store.get(id)),
    list: (limit, skip) => cache.read(`listVideo:${limit}:${skip}`, () => store.list(limit, skip)),
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
