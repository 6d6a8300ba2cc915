// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import { dbOperationDuration, errorType } from "../telemetry/operation-duration.ts";

/** Who answered a read; `joined` is a read that shared the answer to another one. */
export type CacheTier = "local" | "redis" | "store" | "joined";

export interface CacheMetrics {
  read(tier: CacheTier): void;
  /** `missed`: Redis was away. */
  invalidation(direction: "sent" | "received" | "missed"): void;
  /** Measures an operation on Redis, and hands its outcome on. */
  timed<T>(operation: "read" | "fill" | "invalidate", work: Promise<T>): Promise<T>;
  /** Asked whenever metrics are collected. */
  observeConnected(connected: () => boolean): void;
}

/** The instruments of one cache; its name is the attribute `cache.name`. */
export function createCacheMetrics(name: string, meterProvider: MeterProvider): CacheMetrics {
  const meter = meterProvider.getMeter("labwire.lab.cache");
  const cache = { "cache.name": name };
  const reads = meter.createCounter("cache.reads", {
    unit: "{read}",
    description: "Reads through the cache, by who answered",
  });
  const invalidations = meter.createCounter("cache.invalidations", {
    unit: "{invalidation}",
    description: "Invalidations that Redis confirmed, that it handed on, or that it missed",
  });
  const duration = dbOperationDuration(meterProvider);
  const connected = meter.createObservableGauge("cache.connected", {
    description: "1 while Redis is heard and entries are used, 0 while reads go to the store",
  });

  return {
    read: (tier) => reads.add(1, { ...cache, "cache.tier": tier }),
    invalidation: (direction) => invalidations.add(1, { ...cache, "cache.direction": direction }),
    timed: async (operation, work) => {
      const startedAt = performance.now();
      const attributes = { "db.system.name": "redis", "db.operation.name": operation };
      const record = (more: object) =>
        duration.record((performance.now() - startedAt) / 1000, { ...attributes, ...more });
      try {
        const answer = await work;
        record({});
        return answer;
      } catch (error) {
        record({ "error.type": errorType(error) });
        throw error;
      }
    },
    observeConnected: (ask) =>
      connected.addCallback((result) => result.observe(ask() ? 1 : 0, cache)),
  };
}
