// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test } from "vitest";
import type { CacheProcess } from "./cache.redis.testing.ts";
import {
  counted,
  countingStore,
  openCacheProcess,
  openTwoProcesses,
  until,
  untilConnected,
} from "./cache.redis.testing.ts";
import { freePort } from "./free-port.ts";

const at = counted("get:1");

describeWith(["REDIS_ADDR"], "createRedisCache() with a Redis that fails", () => {
  test.each([
    ["killed", (redis: Server) => redis.kill(), (redis: Server) => redis.start()],
    ["stopped in its tracks", (redis: Server) => redis.pause(), (redis: Server) => redis.resume()],
  ])("a Redis that is %s slows nothing down and loses nothing", async (_, fail, mend) => {
    const redis = await startOwn();
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = slowStore();
    await ours.cache.read(at, store.read);
    await theirs.cache.read(at, store.read);

    await fail(redis);
    // Writes in flight as Redis hangs wait for it, at most once.
    const firstWriteMs = await timed(() => write(store, ours));
    await sleep(100);
    const seen = (await theirs.cache.read(at, store.read)).n;
    const reads: number[] = [];
    const writes: number[] = [];
    for (let i = 2; i <= 100; i++) {
      reads.push(await timed(() => theirs.cache.read(at, store.read)));
      writes.push(await timed(() => write(store, ours)));
    }
    expect(seen).toBe(1);
    expect((await ours.cache.read(at, store.read)).n).toBe(100);
    await sleep(100);
    expect((await theirs.cache.read(at, store.read)).n).toBe(100);

    await mend(redis);
    const back: number[] = [];
    const reader = openCacheProcess(redis);
    for (const end = performance.now() + 2500; performance.now() < end; await sleep(5)) {
      for (const { cache } of [ours, theirs, reader])
        back.push((await cache.read(at, store.read)).n);
    }
    expect(new Set(back)).toEqual(new Set([100]));
    await untilConnected(ours, theirs, reader);

    // A store read takes 2 ms here; the bounds are for a busy machine.
    expect(firstWriteMs).toBeLessThan(600);
    expect(percentile(reads, 0.99)).toBeLessThan(150);
    expect(percentile(writes, 0.99)).toBeLessThan(150);
  });

  test("a Redis that is away at the start is one line, and used when it comes", async () => {
    const port = await freePort();
    const process = openCacheProcess({ port });
    const store = countingStore();
    await process.cache.invalidate("");
    await process.cache.read(at, store.load);
    await process.cache.read(at, store.load);
    await until(() => process.log.length > 0);
    await sleep(500);
    expect(store.reads()).toBe(2);
    expect(process.log).toEqual([expect.stringMatching(/^warn {2}Redis is away: .*ECONNREFUSED/)]);

    const redis = await startServer("redis", { port });
    onTestFinished(() => redis.remove());
    await untilConnected(process);
    await until(() => process.log.length === 2);

    expect(process.log[1]).toMatch(/^info {2}Redis is back/);
  });

  test("close() gives up on a Redis that hangs", async () => {
    const redis = await startOwn();
    const connected = openCacheProcess(redis);
    await untilConnected(connected);
    await redis.pause();
    const connecting = openCacheProcess(redis);
    await sleep(50);

    const ms = await timed(() => Promise.all([connected.cache.close(), connecting.cache.close()]));

    expect(ms).toBeLessThan(1000);
  });

  test("no read that begins 100 ms after an acknowledged write misses it, whatever Redis does", async () => {
    const redis = await startOwn();
    const processes = Array.from({ length: 3 }, () => openCacheProcess(redis));
    await untilConnected(...processes);
    const run = startLoad(processes);

    const faults = await plagueRedis(redis, 20_000);
    const { reads, writes, stale } = await run.stop();

    const tiers = processes.flatMap((process) => process.tiers);
    const answeredBy = (tier: string) => tiers.filter((answered) => answered === tier).length;
    console.log(
      `${faults} faults, ${writes} writes, ${reads} reads:`,
      ["local", "redis", "store", "joined"].map((tier) => `${tier} ${answeredBy(tier)}`).join(", "),
    );
    expect(stale).toEqual([]);
    // Otherwise nothing was tested.
    expect(Math.min(answeredBy("local"), answeredBy("redis"), faults)).toBeGreaterThan(3);
  });

  async function startOwn(): Promise<Server> {
    const redis = await startServer("redis");
    onTestFinished(() => redis.remove());
    return redis;
  }
});

/** Kills, pauses and mends Redis at random. Answers how often. */
async function plagueRedis(redis: Server, forMs: number): Promise<number> {
  let faults = 0;
  for (const end = performance.now() + forMs; performance.now() < end; faults++) {
    await sleep(Math.random() * 3000);
    const kills = Math.random() < 0.5;
    await (kills ? redis.kill() : redis.pause());
    // Short and long ones: those that some processes do not notice are the worst.
    await sleep(Math.random() < 0.5 ? Math.random() * 400 : Math.random() * 1500);
    await (kills ? redis.start() : redis.resume());
  }
  return faults;
}

/** Reads and writes of all processes at once, and what they saw that was too old. */
function startLoad(processes: readonly CacheProcess[]) {
  const keys = Array.from({ length: 8 }, (_, i) => counted(`get:${i}`));
  const store = new Map(keys.map(({ key }) => [key, 0]));
  // By key: what was written last, of all that was acknowledged up to a time.
  const acknowledged = new Map(keys.map(({ key }) => [key, [{ at: 0, n: 0 }]]));
  const stale: string[] = [];
  let stopped = false;
  let reads = 0;
  let writes = 0;

  const anyKey = () => keys[Math.floor(Math.random() * keys.length)] ?? at;

  async function read({ cache }: CacheProcess): Promise<void> {
    const wanted = anyKey();
    const begun = performance.now();
    const known = acknowledged.get(wanted.key)?.findLast((write) => write.at <= begun - 100);
    const { n } = await cache.read(wanted, async () => {
      await sleep(Math.random() * 4);
      const found = store.get(wanted.key) ?? 0;
      await sleep(Math.random() * 8);
      return { n: found };
    });
    reads += 1;
    if (known && n < known.n) {
      const age = Math.round(begun - known.at);
      stale.push(`${wanted.key} was ${n}, ${known.n} was acknowledged ${age} ms before`);
    }
  }

  // One writer a key, so that numbers are acknowledged in their order.
  async function write({ cache }: CacheProcess, { key, group }: typeof at): Promise<void> {
    const n = (store.get(key) ?? 0) + 1;
    store.set(key, n);
    await sleep(Math.random() * 2);
    await cache.invalidate(group);
    acknowledged.get(key)?.push({ at: performance.now(), n });
    writes += 1;
    await sleep(Math.random() * 600);
  }

  const repeat = async (work: () => Promise<void>) => {
    while (!stopped) await work();
  };
  const readers = processes.flatMap((process) =>
    Array.from({ length: 3 }, () =>
      repeat(async () => {
        await read(process);
        await sleep(Math.random() * 6);
      }),
    ),
  );
  const writers = keys.map((key, i) => {
    const process = processes[i % processes.length] as CacheProcess;
    return repeat(() => write(process, key));
  });

  return {
    stop: async () => {
      stopped = true;
      await Promise.all([...readers, ...writers]);
      return { reads, writes, stale };
    },
  };
}

function slowStore() {
  let n = 0;
  return {
    read: async () => {
      const found = n;
      await sleep(2);
      return { n: found };
    },
    write: () => {
      n += 1;
    },
  };
}

async function write(store: ReturnType<typeof slowStore>, { cache }: CacheProcess): Promise<void> {
  store.write();
  await cache.invalidate(at.group);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}
