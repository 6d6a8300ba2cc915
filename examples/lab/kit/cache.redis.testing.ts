// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { RedisCache, RedisCacheOptions } from "./cache.redis.ts";
import { createRedisCache } from "./cache.redis.ts";
import type { Cached } from "./cache.ts";
import type { CacheMetrics, CacheTier } from "./cache-metrics.ts";
import { createLogger } from "./logger.ts";

/** What one process would have: a cache, and what it counts and logs. */
export interface CacheProcess {
  readonly cache: RedisCache;
  /** Who answered each read, in order. */
  readonly tiers: CacheTier[];
  readonly invalidations: string[];
  /** Level and message of each line. */
  readonly log: string[];
}

/** A cache of its own connection, closed with the test. */
export function openCacheProcess(
  redis: { readonly port: number },
  options: Partial<RedisCacheOptions> = {},
): CacheProcess {
  const tiers: CacheTier[] = [];
  const invalidations: string[] = [];
  const log: string[] = [];
  const metrics: CacheMetrics = {
    read: (tier) => void tiers.push(tier),
    invalidation: (direction) => void invalidations.push(direction),
    timed: (_, work) => work,
    observeConnected: () => {},
  };
  const cache = createRedisCache({
    name: "tests",
    address: { host: "127.0.0.1", port: redis.port },
    password: "",
    database: 0,
    metrics,
    logger: createLogger({
      write: (line) => void log.push(line.split(" ").slice(1).join(" ").trim()),
    }),
    ...options,
  });
  onTestFinished(() => cache.close());
  return { cache, tiers, invalidations, log };
}

/** Two processes whose caches are in use. */
export async function openTwoProcesses(redis: {
  readonly port: number;
}): Promise<[CacheProcess, CacheProcess]> {
  const two: [CacheProcess, CacheProcess] = [openCacheProcess(redis), openCacheProcess(redis)];
  await untilConnected(...two);
  return two;
}

export async function untilConnected(...processes: readonly CacheProcess[]): Promise<void> {
  await until(() => processes.every(({ cache }) => cache.connected()));
}

/** Looks again and again, for ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${holds}`);
    await sleep(5);
  }
}

export interface Counted {
  readonly n: number;
}

/** A key that is its own group. */
export function counted(key: string): Cached<Counted> {
  return { key, group: key, revive: (json) => json as Counted };
}

/** Every read answers another number. */
export function countingStore() {
  let n = 0;
  return { load: async () => ({ n: ++n }), reads: () => n };
}
