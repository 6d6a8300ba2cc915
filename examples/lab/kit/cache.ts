// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { LRUCache } from "lru-cache";

/** Cache-aside reads: ask the cache, and on a miss the store, once for all who ask meanwhile. */
export interface Cache {
  /** The cached value of the key, or what `load` answers. An error of `load` is not cached. */
  read<T extends object>(key: string, load: () => Promise<T>): Promise<T>;
  /**
   * After a write was committed, and before it is acknowledged: forgets every key that starts with
   * the prefix. Never rejects.
   */
  invalidate(prefix: string): Promise<void>;
  close(): Promise<void>;
}

export interface LocalCacheOptions {
  /**
   * Changes when another process has written to the store; then everything is forgotten. Asked at
   * every read, so it must be cheap. Default: nobody else writes.
   */
  version?: () => number;
  /** Default 1024. */
  maxEntries?: number;
  /** How long an entry is served, in milliseconds. Default one minute. */
  ttlMs?: number;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  now?: () => number;
}

/**
 * A cache in this process. A read that begins after `invalidate` returned, or after `version`
 * changed, never sees what was there before: not from an entry, and not from a load that began
 * earlier and ends later.
 */
export function createLocalCache(options: LocalCacheOptions = {}): Cache {
  const { version = () => 0, maxEntries = 1024, ttlMs = 60_000 } = options;
  const now = options.now ?? (() => performance.now());
  const entries = new LRUCache<string, object>({
    max: maxEntries,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now },
  });
  const loads = new Map<string, Promise<object>>();
  let seenVersion = version();

  function forgetIfChanged(): void {
    const current = version();
    if (current === seenVersion) return;
    seenVersion = current;
    entries.clear();
    loads.clear();
  }

  // The load's own place in `loads` tells whether its answer may still be kept: a write since then
  // has taken it out.
  async function loadOnce<T extends object>(key: string, load: () => Promise<T>): Promise<T> {
    const loading = load();
    loads.set(key, loading);
    const mayKeep = () => {
      forgetIfChanged();
      return loads.get(key) === loading;
    };
    try {
      const value = await loading;
      if (mayKeep()) entries.set(key, value);
      return value;
    } finally {
      if (loads.get(key) === loading) loads.delete(key);
    }
  }

  return {
    read: async <T extends object>(key: string, load: () => Promise<T>): Promise<T> => {
      forgetIfChanged();
      const known = entries.get(key) ?? loads.get(key);
      if (known !== undefined) return (await known) as T;
      return loadOnce(key, load);
    },
    invalidate: async (prefix) => {
      for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
      for (const key of loads.keys()) if (key.startsWith(prefix)) loads.delete(key);
    },
    close: async () => {},
  };
}
