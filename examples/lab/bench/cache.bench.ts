// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What a list of twenty comments takes from each tier of the cache, beside the bare read of
// PostgreSQL; and reads and writes while Redis is gone, or hangs.

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startServer } from "@labwire/servers";
import { metrics } from "@opentelemetry/api";
import { migrate } from "../comment/migration/migrate.ts";
import { readMigrations } from "../comment/migration/read-migrations.ts";
import { openPostgresTarget } from "../comment/migration/target.postgres.ts";
import { createCachedCommentStore } from "../comment/store.cached.ts";
import { openCommentDatabase } from "../comment/store.open.ts";
import type { CommentStore, Page } from "../comment/store.ts";
import { createRedisCache } from "../kit/cache/cache.redis.ts";
import { createCacheMetrics } from "../kit/cache/cache-metrics.ts";
import { silentLogger } from "../kit/logger.ts";

const samePage = Array.from({ length: 2000 }, () => ({ limit: 20, offset: 0 }));
// All have the same comments, and keys of their own.
const otherPages = samePage.map((page, i) => ({ ...page, limit: 1000 + i }));
const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
const closes: (() => Promise<void>)[] = [];

const [postgres, redis] = await Promise.all([startServer("postgres"), startServer("redis")]);
const url = postgres.env.POSTGRES_URL ?? "";
const target = await openPostgresTarget(url, { logger: silentLogger });
const folder = fileURLToPath(new URL("../comment/migration/postgres/", import.meta.url));
await migrate(target, await readMigrations(folder), "up");
await target.close();
const { store } = await openCommentDatabase(url);
for (let i = 0; i < 20; i++) await store.create({ videoID, content: `comment ${i}` });

const [ours, theirs] = [await openCached(), await openCached()];
const read = (from: CommentStore) => (page: Page) => from.list(videoID, page);
const write = () => ours.create({ videoID: "65f1a0b2c3d4e5f6a7b8c9d1", content: "another" });
await measure("PostgreSQL", samePage, read(store));
await measure("miss, of an entry that is then kept", otherPages, read(ours));
await measure("hit in Redis", otherPages, read(theirs));
await measure("hit in this process", samePage, read(ours));
await measure("write, Redis there", samePage.slice(0, 500), write);
await redis.pause();
await measure("first write, Redis hangs", samePage.slice(0, 1), write);
await measure("read, Redis hangs", otherPages, read(theirs));
await measure("write, Redis hangs", samePage.slice(0, 500), write);
await redis.kill();
await measure("read, Redis gone", otherPages, read(theirs));
await measure("write, Redis gone", samePage.slice(0, 500), write);
for (const close of closes) await close();
await store.close();
await Promise.all([postgres.remove(), redis.remove()]);

/** A store as a process of its own would have it, once its cache is in use. */
async function openCached(): Promise<CommentStore> {
  const cache = createRedisCache({
    ...{ name: "bench", address: { host: "127.0.0.1", port: redis.port } },
    ...{ password: "", database: 0, logger: silentLogger },
    metrics: createCacheMetrics("bench", metrics.getMeterProvider()),
  });
  closes.push(() => cache.close());
  while (!cache.connected()) await sleep(5);
  return createCachedCommentStore(store, cache);
}

async function measure(
  name: string,
  pages: readonly Page[],
  work: (page: Page) => Promise<unknown>,
): Promise<void> {
  const times: number[] = [];
  for (const page of pages) {
    const startedAt = performance.now();
    await work(page);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(part * times.length)] ?? 0).toFixed(3);
  console.log(`${name}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}
