// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// A thread that reads and writes through a cache of its own, beside others that do the same: each
// has an event loop of its own, as a process has, and all share the store in memory.

import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, threadId, Worker, workerData } from "node:worker_threads";
import { silentLogger } from "../logger.ts";
import { createRedisCache } from "./cache.redis.ts";
import type { Cached } from "./cache.ts";
import type { CacheTier } from "./cache-metrics.ts";

const keyCount = 8;
const maxWrites = 4096;

export interface LoadResult {
  readonly tiers: Readonly<Partial<Record<CacheTier, number>>>;
  readonly writes: number;
  /** One line for each read that missed a write acknowledged 100 ms before it began. */
  readonly stale: readonly string[];
}

interface Shared {
  readonly port: number;
  readonly index: number;
  readonly count: number;
  /** By key: the number that the store has. */
  readonly stored: Int32Array;
  /** By key and number: when its write was acknowledged, in ms of the system's clock; 0 before. */
  readonly acknowledged: Float64Array;
}

/** Starts the threads. `stop()` answers what each has seen. */
export function startLoad(port: number, count: number) {
  const stored = new Int32Array(new SharedArrayBuffer(4 * keyCount));
  const acknowledged = new Float64Array(new SharedArrayBuffer(8 * keyCount * maxWrites));
  const threads = Array.from({ length: count }, (_, index) => {
    const data: Shared = { port, index, count, stored, acknowledged };
    return new Worker(new URL(import.meta.url), { workerData: data });
  });
  const results = threads.map(
    (thread) =>
      new Promise<LoadResult>((resolve, reject) => {
        thread.once("message", resolve);
        thread.once("error", reject);
      }),
  );
  return {
    stop: async (): Promise<LoadResult[]> => {
      for (const thread of threads) thread.postMessage("stop");
      const seen = await Promise.all(results);
      await Promise.all(threads.map((thread) => thread.terminate()));
      return seen;
    },
  };
}

async function runLoad({ port, index, count, stored, acknowledged }: Shared): Promise<LoadResult> {
  const tiers: Partial<Record<CacheTier, number>> = {};
  const stale: string[] = [];
  let writes = 0;
  let stopped = false;
  parentPort?.once("message", () => {
    stopped = true;
  });
  const cache = createRedisCache({
    ...{ name: "load", address: { host: "127.0.0.1", port }, password: "", database: 0 },
    logger: silentLogger,
    metrics: {
      read: (tier) => {
        tiers[tier] = (tiers[tier] ?? 0) + 1;
      },
      invalidation: () => {},
      timed: (_, work) => work,
      observeConnected: () => {},
    },
  });

  async function read(): Promise<void> {
    const key = Math.floor(Math.random() * keyCount);
    const begun = now();
    const { n } = await cache.read(entry(key), async () => {
      await sleep(Math.random() * 4);
      const found = Atomics.load(stored, key);
      await sleep(Math.random() * 8);
      return { n: found };
    });
    // Numbers of a key are acknowledged in their order, so the next one tells.
    const next = acknowledged[key * maxWrites + n + 1] ?? 0;
    if (next === 0 || next > begun - 100) return;
    stale.push(`thread ${threadId} read ${n}: the next was ${Math.round(begun - next)} ms old`);
  }

  async function write(key: number): Promise<void> {
    const n = Atomics.load(stored, key) + 1;
    if (n >= maxWrites) throw new Error(`Cannot write more than ${maxWrites} times`);
    Atomics.store(stored, key, n);
    await sleep(Math.random() * 2);
    await cache.invalidate(entry(key).group);
    acknowledged[key * maxWrites + n] = now();
    writes += 1;
    await sleep(Math.random() * 600);
  }

  // As garbage collection and long lists do.
  async function stall(): Promise<void> {
    await sleep(Math.random() * 2000);
    for (const end = now() + Math.random() * 200; now() < end; );
  }

  const repeat = async (work: () => Promise<void>) => {
    while (!stopped) await work();
  };
  const reader = () => repeat(() => read().then(() => sleep(Math.random() * 6)));
  // One writer a key.
  const ownKeys = Array.from({ length: keyCount }, (_, key) => key).filter(
    (key) => key % count === index,
  );
  await Promise.all([
    ...[reader(), reader(), reader(), repeat(stall)],
    ...ownKeys.map((key) => repeat(() => write(key))),
  ]);
  await cache.close();
  return { tiers, writes, stale };
}

function entry(key: number): Cached<{ n: number }> {
  return { key: `get:${key}`, group: `get:${key}`, revive: (json) => json as { n: number } };
}

/** The same clock in all threads, which `performance.now` is not. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

if (parentPort && workerData?.acknowledged) parentPort.postMessage(await runLoad(workerData));
