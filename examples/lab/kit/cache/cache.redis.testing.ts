// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { RedisClientType } from "@redis/client";
import { createClient } from "@redis/client";
import { expect, onTestFinished } from "vitest";
import { createLogger } from "../logger.ts";
import type { RedisCache, RedisCacheOptions } from "./cache.redis.ts";
import { createRedisCache } from "./cache.redis.ts";
import type { Cached } from "./cache.ts";
import type { CacheMetrics, CacheTier } from "./cache-metrics.ts";

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

interface RedisPlace {
  readonly port: number;
  /** Default 0. */
  readonly database?: number;
}

/** A connection past the caches, closed with the test. */
export async function connectTo(redis: RedisPlace): Promise<RedisClientType> {
  const client: RedisClientType = createClient({
    socket: { host: "127.0.0.1", port: redis.port, reconnectStrategy: false },
    database: redis.database ?? 0,
  });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.destroy());
  return client;
}

/**
 * Reads until Redis has the key: one that does not answer in time, as on a busy machine, is no
 * fault and keeps nothing.
 */
export async function untilShared(
  redis: RedisPlace,
  { cache }: CacheProcess,
  key: string,
  read: () => Promise<unknown>,
): Promise<void> {
  const client = await connectTo(redis);
  await expect
    .poll(async () => {
      await cache.invalidate("");
      await until(() => cache.connected());
      await read();
      // Nobody waits for an entry to be kept; what is asked later is answered later.
      await cache.invalidate("some other group");
      return client.exists(key);
    }, patiently)
    .toBe(1);
}

/** What should hold at once, if the machine has nothing else to do. */
export const patiently = { timeout: 30_000, interval: 50 };

/** Looks again and again, for most of a test's time: a busy machine settles late. */
export async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 45_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${holds}`);
    await sleep(20);
  }
}

export interface Counted {
  readonly n: number;
}

/** A key that is its own group. */
export function counted(key: string): Cached<Counted> {
  return { key, group: key, revive: (json) => json as Counted };
}

/** A store of one number, which counts its reads. */
export function numberStore() {
  let n = 1;
  let reads = 0;
  return {
    load: async (): Promise<Counted> => {
      reads += 1;
      return { n };
    },
    write: () => {
      n += 1;
    },
    reads: () => reads,
  };
}
