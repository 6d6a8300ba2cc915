// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../free-port.ts";
import { startLoad } from "./cache.redis.load.testing.ts";
import type { CacheProcess } from "./cache.redis.testing.ts";
import {
  counted,
  numberStore,
  openCacheProcess,
  openTwoProcesses,
  patiently,
  until,
  untilConnected,
  untilShared,
} from "./cache.redis.testing.ts";
import type { CacheTier } from "./cache-metrics.ts";

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

    // The store takes 2 ms; the bounds are for a busy machine.
    expect(firstWriteMs).toBeLessThan(900);
    expect(median(reads)).toBeLessThan(100);
    expect(median(writes)).toBeLessThan(100);
  });

  test("a Redis that is away at the start is one line, and used when it comes", async () => {
    const port = await freePort();
    const process = openCacheProcess({ port });
    const store = numberStore();
    await process.cache.invalidate("");
    await process.cache.read(at, store.load);
    await process.cache.read(at, store.load);
    await until(() => process.log.length > 0);
    await sleep(500);
    expect(store.reads()).toBe(2);
    expect(process.log).toEqual([expect.stringMatching(/^warn {2}Redis is away: /)]);

    const redis = await startServer("redis", { port });
    onTestFinished(() => redis.remove());
    await untilConnected(process);
    await until(() => process.log.length === 2);

    expect(process.log[1]).toMatch(/^info {2}Redis is back/);
  });

  test("a new process waits for what others could not say while Redis was away for them", async () => {
    const redis = await startOwn();
    const wire = await startWire(redis.port);
    const writer = openCacheProcess(wire);
    const early = openCacheProcess(redis);
    await untilConnected(writer, early);
    const store = slowStore();
    await untilShared(redis, early, at.key, () => early.cache.read(at, store.read));
    await early.cache.close();

    wire.cut();
    await write(store, writer);
    const late = openCacheProcess(redis);
    const seen: number[] = [];
    const mended = sleep(500).then(() => wire.mend());
    for (const end = performance.now() + 2000; performance.now() < end; await sleep(5)) {
      seen.push((await late.cache.read(at, store.read)).n);
    }
    await mended;

    expect(new Set(seen)).toEqual(new Set([1]));
    // It waited, and no more than that.
    const answeredBy = async () => {
      await late.cache.read(at, store.read);
      return late.tiers.at(-1);
    };
    await expect.poll(answeredBy, patiently).toBe("local");
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
    const answered: Partial<Record<CacheTier, number>> = {};

    // Again, where the machine was too busy to let a cache be used: then nothing was tested.
    for (let round = 1; round <= 3 && !(answered.local && answered.redis); round++) {
      const load = startLoad(redis.port, 3);
      await plagueRedis(redis, 20_000);
      for (const { tiers, stale } of await load.stop()) {
        expect(stale).toEqual([]);
        for (const tier of ["local", "redis", "store", "joined"] as const) {
          answered[tier] = (answered[tier] ?? 0) + (tiers[tier] ?? 0);
        }
      }
    }

    expect(Object.values(answered).filter((reads) => reads > 0)).toHaveLength(4);
  }, 120_000);

  async function startOwn(): Promise<Server> {
    const redis = await startServer("redis");
    onTestFinished(() => redis.remove());
    return redis;
  }
});

/** Kills, pauses and mends Redis at random. */
async function plagueRedis(redis: Server, forMs: number): Promise<void> {
  for (const end = performance.now() + forMs; performance.now() < end; ) {
    await sleep(Math.random() * 3000);
    const kills = Math.random() < 0.5;
    await (kills ? redis.kill() : redis.pause());
    // Short and long ones: those that some processes do not notice are the worst.
    await sleep(Math.random() < 0.5 ? Math.random() * 400 : Math.random() * 1500);
    await (kills ? redis.start() : redis.resume());
  }
}

/** A connection to a port that can be cut for a while. */
async function startWire(to: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(cut);
  const port = await listen(0);
  return { port, cut, mend: () => listen(port) };
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
