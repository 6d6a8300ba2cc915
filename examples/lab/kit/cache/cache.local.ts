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

interface Entry {
  readonly group: string;
  readonly value: object;
}

interface Load {
  readonly group: string;
  readonly since: number;
  readonly value: Promise<object>;
}

/**
 * A cache in this process. A read that begins after `invalidate` returned, or after `version`
 * changed, never sees what was there before: not from an entry, and not from a load that began
 * earlier and ends later.
 */
export function createLocalCache(options: LocalCacheOptions = {}): Cache {
  const { version = () => 0, hears = () => true, maxEntries = 1024, ttlMs = 60_000 } = options;
  const { now = () => performance.now(), onRead = () => {} } = options;
  // Writes are many: to look through all keys at each would take longer than Redis does.
  const keysOf = new Map<string, Set<string>>();
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now },
    dispose: ({ group }, key) => {
      const keys = keysOf.get(group);
      keys?.delete(key);
      if (keys?.size === 0) keysOf.delete(group);
    },
  });
  const loads = new Map<string, Load>();
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
  async function loadOnce<T extends object>(
    { key, group }: Cached<T>,
    load: () => Promise<T>,
  ): Promise<T> {
    const heard = hears();
    const since = now();
    const loading = { group, since, value: load() };
    loads.set(key, loading);
    const mayKeep = () => {
      forgetIfChanged();
      return heard && loads.get(key) === loading;
    };
    try {
      const value = await loading.value;
      if (mayKeep()) keep(key, { group, value });
      return value;
    } finally {
      if (loads.get(key) === loading) loads.delete(key);
    }
  }

  function keep(key: string, entry: Entry): void {
    entries.set(key, entry);
    const keys = keysOf.get(entry.group) ?? new Set();
    keysOf.set(entry.group, keys.add(key));
  }

  return {
    read: async <T extends object>(at: Cached<T>, load: () => Promise<T>): Promise<T> => {
      forgetIfChanged();
      const entry = hears() ? entries.get(at.key) : undefined;
      const known = entry?.value ?? joinable(at.key);
      if (known === undefined) return loadOnce(at, load);
      onRead(entry === undefined ? "joined" : "local");
      return (await known) as T;
    },
    invalidate: async (group) => {
      if (group === "") entries.clear();
      for (const key of keysOf.get(group) ?? []) entries.delete(key);
      for (const [key, load] of loads) {
        if (group === "" || load.group === group) loads.delete(key);
      }
    },
    close: async () => {},
  };
}
