// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { CacheProcess, Counted } from "./cache.redis.testing.ts";
import {
  connectTo,
  counted,
  numberStore,
  openCacheProcess,
  openTwoProcesses,
  patiently,
  until,
  untilConnected,
  untilShared,
} from "./cache.redis.testing.ts";

// Of its own, since it is told to refuse, to be full and to restart.
describeWith(["REDIS_ADDR"], "createRedisCache()", () => {
  let redis: Server;
  let at = counted("");
  beforeAll(async () => {
    redis = await startServer("redis");
  });
  afterAll(() => redis.remove());
  beforeEach(() => {
    at = counted(`get:${randomUUID()}`);
  });

  test("read() asks the store once for all processes, and then nobody", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);

    const answeredBy = async () => {
      const key = counted(`get:${randomUUID()}`);
      await untilShared(redis, ours, key.key, () => ours.cache.read(key, async () => ({ n: 1 })));
      const from = [ours.tiers.length, theirs.tiers.length];
      const store = numberStore();
      for (const { cache } of [ours, ours, theirs, theirs]) await cache.read(key, store.load);
      return [ours.tiers.slice(from[0]), theirs.tiers.slice(from[1]), store.reads()];
    };

    await expect.poll(answeredBy, patiently).toEqual([["local", "local"], ["redis", "local"], 0]);
  });

  test("read() makes one store read of 100 concurrent misses", async () => {
    const [{ cache }] = await openTwoProcesses(redis);
    const store = numberStore();

    await Promise.all(Array.from({ length: 100 }, () => cache.read(at, store.load)));

    expect(store.reads()).toBe(1);
  });

  test("read() keeps the value as JSON under its key for three minutes", async () => {
    const [ours] = await openTwoProcesses(redis);
    await untilShared(redis, ours, at.key, () => ours.cache.read(at, async () => ({ n: 7 })));

    const client = await connectTo(redis);
    const entry = JSON.parse((await client.get(at.key)) ?? "");
    expect(entry).toEqual({ generation: expect.any(String), json: { n: 7 } });
    const left = await client.pTTL(at.key);
    expect(left).toBeGreaterThan(170_000);
    expect(left).toBeLessThanOrEqual(180_000);
  });

  test("invalidate() is heard by other processes within 100 ms", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = numberStore();
    for (const { cache } of [ours, theirs]) await cache.read(at, store.load);

    for (let n = 2; n <= 5; n++) {
      store.write();
      await ours.cache.invalidate(at.group);
      expect(await ours.cache.read(at, store.load)).toEqual({ n });
      await sleep(100);
      expect(await theirs.cache.read(at, store.load)).toEqual({ n });
    }
  });

  test("invalidate() leaves other groups as they are, and everything is one more group", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = numberStore();
    const read = () => ours.cache.read(at, store.load);

    const readsAfter = async (group: string) => {
      await untilShared(redis, ours, at.key, read);
      await sleep(100);
      const before = store.reads();
      await theirs.cache.invalidate(group);
      await sleep(100);
      await read();
      return store.reads() - before;
    };

    await expect.poll(() => readsAfter("get:other"), patiently).toBe(0);
    expect(await readsAfter("")).toBe(1);
  });

  test("stale fills: what was read before a write is never served after it", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const old = Promise.withResolvers<Counted>();
    const begun = Promise.withResolvers<void>();
    const early = theirs.cache.read(at, () => {
      begun.resolve();
      return old.promise;
    });
    await begun.promise;

    await ours.cache.invalidate(at.group);
    old.resolve({ n: 1 });
    expect(await early).toEqual({ n: 1 });
    await sleep(100);

    const load = async () => ({ n: 2 });
    expect(await theirs.cache.read(at, load)).toEqual({ n: 2 });
    expect(await ours.cache.read(at, load)).toEqual({ n: 2 });
  });

  test("read() asks the store again when Redis has lost everything", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = numberStore();
    await untilShared(redis, ours, at.key, () => ours.cache.read(at, store.load));
    store.write();

    await (await connectTo(redis)).flushAll();

    expect(await theirs.cache.read(at, store.load)).toEqual({ n: 2 });
  });

  test("read() does not believe a Redis that came back with an old dump", async () => {
    const own = await startServer("redis");
    onTestFinished(() => own.remove());
    const writer = openCacheProcess(own);
    await untilShared(own, writer, at.key, () => writer.cache.read(at, async () => ({ n: 1 })));
    await (await connectTo(own)).sendCommand(["SAVE"]);
    await writer.cache.invalidate(at.group);
    await writer.cache.close();

    await own.kill();
    await own.start();
    const reader = openCacheProcess(own);
    await untilConnected(reader);

    expect(await (await connectTo(own)).exists(at.key)).toBe(1);
    expect(await reader.cache.read(at, async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  test("read() takes somebody else's value under its key for a miss", async () => {
    const [{ cache }] = await openTwoProcesses(redis);
    const client = await connectTo(redis);

    for (const text of ["no JSON", "null", '{"generation":"x","json":{"n":9}}', '"text"', "4"]) {
      await client.set(at.key, text);
      await cache.invalidate(at.group);
      expect(await cache.read(at, async () => ({ n: 1 }))).toEqual({ n: 1 });
    }
  });

  test("read() and invalidate() go on when Redis is full", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = numberStore();
    await untilShared(redis, ours, at.key, () => ours.cache.read(at, store.load));
    await theirs.cache.read(at, store.load);
    const client = await connectTo(redis);
    await client.configSet("maxmemory", "1");
    onTestFinished(async () => void (await client.configSet("maxmemory", "0")));

    const written = async () => {
      store.write();
      await ours.cache.invalidate(at.group);
      return ours.invalidations.findLast((direction) => direction !== "received");
    };
    await expect.poll(written, patiently).toBe("sent");
    await sleep(100);

    const stored = await store.load();
    expect(await theirs.cache.read(at, store.load)).toEqual(stored);
    expect(await ours.cache.read(at, store.load)).toEqual(stored);
  });

  test("a Redis that takes no writes is not believed, and is one line of the log", async () => {
    const own = await startServer("redis");
    onTestFinished(() => own.remove());
    const process = openCacheProcess(own);
    await untilConnected(process);
    const client = await connectTo(own);
    const store = numberStore();
    await process.cache.read(at, store.load);

    await client.sendCommand(["REPLICAOF", "127.0.0.1", "1"]);
    await process.cache.invalidate(at.group);
    await untilRefused(process, "READONLY");
    await process.cache.read(at, store.load);
    expect(store.reads()).toBe(2);

    await client.sendCommand(["REPLICAOF", "NO", "ONE"]);
    await untilConnected(process);
    await expect.poll(() => process.log.at(-1)).toMatch(/^info {2}Redis is back/);
  });

  test("a wrong password is one line of the log, and the store answers", async () => {
    const own = await startServer("redis");
    onTestFinished(() => own.remove());
    await (await connectTo(own)).configSet("requirepass", "secret");
    await untilConnected(openCacheProcess(own, { password: "secret" }));
    const wrong = openCacheProcess(own, { password: "guess" });
    const none = openCacheProcess(own);
    const store = numberStore();

    await wrong.cache.read(at, store.load);
    await none.cache.read(at, store.load);

    expect(store.reads()).toBe(2);
    await untilRefused(wrong, "WRONGPASS");
    await untilRefused(none, "NOAUTH");
  });

  test("entries are in the database that was chosen", async () => {
    const process = openCacheProcess(redis, { database: 3 });
    const other = { port: redis.port, database: 3 };
    await untilShared(other, process, at.key, () => process.cache.read(at, async () => ({ n: 1 })));

    expect(await (await connectTo(redis)).exists(at.key)).toBe(0);
  });

  // A try to connect is made about ten times a second.
  async function untilRefused({ cache, log }: CacheProcess, why: string): Promise<void> {
    const refused = () => log.filter((line) => line.startsWith("warn  Redis refuses: "));
    await until(() => refused().length > 0);
    await sleep(1000);
    expect(refused()).toEqual([expect.stringContaining(why)]);
    expect(cache.connected()).toBe(false);
  }
});
