// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import type { ConfigOf } from "../config.ts";
import type { Logger } from "../logger.ts";
import { createLocalCache } from "./cache.local.ts";
import type { Cache } from "./cache.ts";
import type { CacheMetrics } from "./cache-metrics.ts";
import { createCacheMetrics } from "./cache-metrics.ts";
import type { cacheVariables } from "./cache-variables.ts";

export interface OpenCacheOptions {
  /** Names the cache in its metrics, and in Redis: the same in all processes that share it. */
  readonly name: string;
  readonly config: ConfigOf<typeof cacheVariables>;
  /** Changes whenever another process has written to the store; absent when the store cannot tell. */
  readonly version?: (() => number) | undefined;
  readonly meterProvider: MeterProvider;
  readonly logger: Logger;
}

/**
 * The cache that the configuration chooses: shared through Redis; or else in this process, as far
 * as the store can tell what others have written. A store that cannot gets no entries: reads that
 * ask for the same at the same time share an answer, and that is all.
 *
 * Does not wait for Redis, which may come and go.
 */
export async function openCache(options: OpenCacheOptions): Promise<Cache> {
  const { name, config, version, logger } = options;
  const metrics = createCacheMetrics(name, options.meterProvider);
  if (config.REDIS_ADDR === undefined) return openLocalCache(version, metrics);
  const { createRedisCache } = await import("./cache.redis.ts");
  const cache = createRedisCache({
    name,
    address: config.REDIS_ADDR,
    password: config.REDIS_PASSWORD,
    database: config.REDIS_DATABASE,
    ...{ metrics, logger },
  });
  metrics.observeConnected(cache.connected);
  return cache;
}

function openLocalCache(version: OpenCacheOptions["version"], metrics: CacheMetrics): Cache {
  const hears = () => version !== undefined;
  const local = createLocalCache({ version, hears, onRead: metrics.read });
  return {
    ...local,
    read: (at, load) =>
      local.read(at, () => {
        metrics.read("store");
        return load();
      }),
  };
}
