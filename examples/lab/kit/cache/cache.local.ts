// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { LRUCache } from "lru-cache";
import type { Cache, Cached } from "./cache.ts";

/**
 * How long others may join a read of the store while writes of other processes cannot be heard: a
 * read that begins 100 ms after an acknowledged write must see it, so it can join what began 100
 * ms ago; half of that leaves a margin.
 */
const joinMs = 50;

export interface LocalCacheOptions {
  /**
   * Changes when another process has written to the store; then everything is forgotten. Asked at
   * every read, so it must be cheap. Default: nobody else writes.
   */
  version?: (() => number) | undefined;
  /**
   * Whether every write of another process that was acknowledged 100 ms ago has been heard, as a
   * version or a call of `invalidate`. While not, entries are passed by. Default: always.
   */
  hears?: () => boolean;
  /** Default 1024. */
  maxEntries?: number;
  /** How long an entry is served, in milliseconds. Default one minute. */
  ttlMs?: number;
  /** Milliseconds on a clock that never goes back. Default `performance.now`. */
  now?: () => number;
  /** Told of each read that does not call its `load`: a hit, or one that joined another's load. */
  onRead?: (tier: "local" | "joined") => void;
}

/**
 * A cache in this process. A read that begins after `invalidate` returned, or after `version`
 * changed, never sees what was there before: not from an entry, and not from a load that began
 * earlier and ends later.
 */
export function createLocalCache(options: LocalCacheOptions = {}): Cache {
  const { version = () => 0, hears = () => true, maxEntries = 1024, ttlMs = 60_000 } = options;
  const { now = () => performance.now(), onRead = () => {} } = options;
  const entries = new LRUCache<string, object>({
    max: maxEntries,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now },
  });
  const loads = new Map<string, { readonly value: Promise<object>; readonly since: number }>();
  let seenVersion = version();

  function forgetIfChanged(): void {
    const current = version();
    if (current === seenVersion) return;
    seenVersion = current;
    entries.clear();
    loads.clear();
  }

  /** The load under way that a read which begins at this instant may share. */
  function joinable(key: string): Promise<object> | undefined {
    const load = loads.get(key);
    return load && (hears() || now() - load.since <= joinMs) ? load.value : undefined;
  }

  // The load's own place in `loads` tells whether its answer may still be kept: a write since then
  // has taken it out.
  async function loadOnce<T extends object>(key: string, load: () => Promise<T>): Promise<T> {
    const heard = hears();
    const since = now();
    const loading = { value: load(), since };
    loads.set(key, loading);
    const mayKeep = () => {
      forgetIfChanged();
      return heard && loads.get(key) === loading;
    };
    try {
      const value = await loading.value;
      if (mayKeep()) entries.set(key, value);
      return value;
    } finally {
      if (loads.get(key) === loading) loads.delete(key);
    }
  }

  return {
    read: async <T extends object>({ key }: Cached<T>, load: () => Promise<T>): Promise<T> => {
      forgetIfChanged();
      const entry = hears() ? entries.get(key) : undefined;
      const known = entry ?? joinable(key);
      if (known === undefined) return loadOnce(key, load);
      onRead(entry === undefined ? "joined" : "local");
      return (await known) as T;
    },
    invalidate: async (group) => {
      for (const key of entries.keys()) if (key.startsWith(group)) entries.delete(key);
      for (const key of loads.keys()) if (key.startsWith(group)) loads.delete(key);
    },
    close: async () => {},
  };
}
