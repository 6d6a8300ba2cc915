// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createLocalCache } from "./cache.local.ts";
import type { Cache, Cached } from "./cache.ts";
import { answerWithin } from "./cache-answer.ts";
import type { SharedEntry } from "./cache-redis-entries.ts";
import { findEntry, putEntry } from "./cache-redis-entries.ts";
import type { RedisLinkOptions } from "./cache-redis-link.ts";
import { createRedisLink } from "./cache-redis-link.ts";
import type { RedisSession } from "./cache-redis-session.ts";

/** How long a read waits for Redis before it asks the store: a hundred times what Redis takes. */
const readMs = 50;

export type RedisCacheOptions = Omit<RedisLinkOptions, "onInvalidated">;

export interface RedisCache extends Cache {
  /** Whether entries are used; while not, every read is the store's answer. */
  readonly connected: () => boolean;
}

/**
 * A cache in this process, before one in Redis that all processes share, before the store.
 *
 * A read that begins 100 ms after an acknowledged write sees it, whichever process wrote; in the
 * process that wrote, any later read. The entries of this process are used only while Redis has
 * answered a heartbeat that was sent within the last 100 ms, which says that all invalidations
 * from before have been heard. Entries in Redis fit only the generation of their group, which an
 * invalidation ends. A Redis that is away, silent or refuses costs no more than the store does.
 */
export function createRedisCache(options: RedisCacheOptions): RedisCache {
  const { name, metrics } = options;
  const link = createRedisLink({ ...options, onInvalidated: (group) => local.invalidate(group) });
  const connected = () => link.usable() !== undefined;
  const local = createLocalCache({ hears: connected, onRead: metrics.read });

  async function readShared<T extends object>(
    session: RedisSession,
    at: Cached<T>,
    load: () => Promise<T>,
  ): Promise<T> {
    const found = await find(session, at);
    const known = found && revived(at, found);
    if (known !== undefined) {
      metrics.read("redis");
      return known;
    }
    metrics.read("store");
    const value = await load();
    if (found) keep(session, at.key, { generation: found.generation, json: value });
    return value;
  }

  async function find(session: RedisSession, at: Cached<object>): Promise<SharedEntry | undefined> {
    const answer = answerWithin(readMs, findEntry(session, name, at));
    return metrics.timed("read", answer).catch(() => undefined);
  }

  // Nobody waits for it, and what cannot be kept is read again.
  function keep(session: RedisSession, key: string, entry: Required<SharedEntry>): void {
    metrics.timed("fill", putEntry(session.client, key, entry)).catch(() => {});
  }

  return {
    read: (at, load) =>
      local.read(at, () => {
        const session = link.usable();
        if (session !== undefined) return readShared(session, at, load);
        metrics.read("store");
        return load();
      }),
    invalidate: async (group) => {
      // Before, for loads that began before the write; after, for what Redis answered meanwhile.
      await local.invalidate(group);
      await link.announce(group);
      await local.invalidate(group);
    },
    close: () => link.close(),
    connected,
  };
}

function revived<T extends object>(at: Cached<T>, found: SharedEntry): T | undefined {
  try {
    return found.json === undefined ? undefined : at.revive(found.json);
  } catch {
    return undefined;
  }
}
