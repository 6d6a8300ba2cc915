// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { Counted } from "./cache.redis.testing.ts";
import {
  counted,
  countingStore,
  openCacheProcess,
  openTwoProcesses,
  untilConnected,
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
    const store = countingStore();

    await ours.cache.read(at, store.load);
    await ours.cache.read(at, store.load);
    await stored();
    await theirs.cache.read(at, store.load);
    await theirs.cache.read(at, store.load);

    expect(store.reads()).toBe(1);
    expect([ours.tiers, theirs.tiers]).toEqual([
      ["store", "local"],
      ["redis", "local"],
    ]);
  });

  test("read() makes one store read of 100 concurrent misses", async () => {
    const [{ cache }] = await openTwoProcesses(redis);
    const store = countingStore();

    await Promise.all(Array.from({ length: 100 }, () => cache.read(at, store.load)));

    expect(store.reads()).toBe(1);
  });

  test("read() keeps the value as JSON under its key for three minutes", async () => {
    const [{ cache }] = await openTwoProcesses(redis);
    await cache.read(at, async () => ({ n: 7 }));
    await stored();

    const client = await connect();
    const entry = JSON.parse((await client.get(at.key)) ?? "");
    expect(entry).toEqual({ generation: expect.any(String), json: { n: 7 } });
    const left = await client.pTTL(at.key);
    expect(left).toBeGreaterThan(170_000);
    expect(left).toBeLessThanOrEqual(180_000);
  });

  test("invalidate() is heard by other processes within 100 ms", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = countingStore();
    await Promise.all([ours.cache.read(at, store.load), theirs.cache.read(at, store.load)]);
    const before = store.reads();

    await ours.cache.invalidate(at.group);
    await sleep(100);

    expect(await theirs.cache.read(at, store.load)).toEqual({ n: before + 1 });
    expect(await ours.cache.read(at, store.load)).toEqual({ n: before + 1 });
  });

  test("invalidate() leaves other groups as they are, and everything is one more group", async () => {
    const [{ cache }] = await openTwoProcesses(redis);
    const other = counted(`get:${randomUUID()}`);
    const store = countingStore();
    await cache.read(at, store.load);
    await cache.read(other, store.load);

    await cache.invalidate(at.group);
    expect(await cache.read(other, store.load)).toEqual({ n: 2 });
    await cache.invalidate("");
    expect(await cache.read(other, store.load)).toEqual({ n: 3 });
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

    const store = async () => ({ n: 2 });
    expect(await theirs.cache.read(at, store)).toEqual({ n: 2 });
    expect(await ours.cache.read(at, store)).toEqual({ n: 2 });
  });

  test("read() asks the store again when Redis has lost everything", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = countingStore();
    await ours.cache.read(at, store.load);
    await stored();

    await (await connect()).flushAll();

    expect(await theirs.cache.read(at, store.load)).toEqual({ n: 2 });
    expect(theirs.tiers).toEqual(["store"]);
  });

  test("read() does not believe a Redis that came back with an old dump", async () => {
    const own = await startServer("redis");
    onTestFinished(() => own.remove());
    const writer = openCacheProcess(own);
    await untilConnected(writer);
    await writer.cache.read(at, async () => ({ n: 1 }));
    const client = await connect(own);
    await expect.poll(() => client.exists(at.key)).toBe(1);
    await client.sendCommand(["SAVE"]);
    await writer.cache.invalidate(at.group);
    await writer.cache.close();
    client.destroy();

    await own.kill();
    await own.start();
    const reader = openCacheProcess(own);
    await untilConnected(reader);

    expect(await (await connect(own)).exists(at.key)).toBe(1);
    expect(await reader.cache.read(at, async () => ({ n: 2 }))).toEqual({ n: 2 });
  });

  test("read() takes somebody else's value under its key for a miss", async () => {
    const [{ cache }] = await openTwoProcesses(redis);
    const client = await connect();

    for (const text of ["no JSON", "null", '{"generation":"x","json":{"n":9}}', '"text"', "4"]) {
      await client.set(at.key, text);
      await cache.invalidate(at.group);
      expect(await cache.read(at, async () => ({ n: 1 }))).toEqual({ n: 1 });
    }
  });

  test("read() and invalidate() go on when Redis is full", async () => {
    const [ours, theirs] = await openTwoProcesses(redis);
    const store = countingStore();
    await ours.cache.read(at, store.load);
    await stored();
    const client = await connect();
    await client.configSet("maxmemory", "1");
    onTestFinished(async () => void (await client.configSet("maxmemory", "0")));

    await ours.cache.invalidate(at.group);
    await sleep(100);

    expect(ours.invalidations).toContain("sent");
    expect(await theirs.cache.read(at, store.load)).toEqual({ n: 2 });
    expect(await ours.cache.read(at, store.load)).toEqual({ n: 3 });
  });

  test("a Redis that takes no writes is not believed, and is one line of the log", async () => {
    const own = await startServer("redis");
    onTestFinished(() => own.remove());
    const process = openCacheProcess(own);
    await untilConnected(process);
    const client = await connect(own);
    const store = countingStore();
    await process.cache.read(at, store.load);

    await client.sendCommand(["REPLICAOF", "127.0.0.1", "1"]);
    await process.cache.invalidate(at.group);
    await sleep(1500);
    await process.cache.read(at, store.load);
    expect(store.reads()).toBe(2);
    expect(process.log).toEqual([expect.stringMatching(/^warn {2}Redis refuses: .*READONLY/)]);

    await client.sendCommand(["REPLICAOF", "NO", "ONE"]);
    await untilConnected(process);
    await expect.poll(() => process.log.at(-1)).toMatch(/^info {2}Redis is back/);
  });

  test("a wrong password is one line of the log, and the store answers", async () => {
    const own = await startServer("redis");
    onTestFinished(() => own.remove());
    await (await connect(own)).configSet("requirepass", "secret");
    const wrong = openCacheProcess(own, { password: "guess" });
    const none = openCacheProcess(own);
    const right = openCacheProcess(own, { password: "secret" });
    await untilConnected(right);
    const store = countingStore();

    await wrong.cache.read(at, store.load);
    await none.cache.read(at, store.load);

    expect(store.reads()).toBe(2);
    for (const { log, cache } of [wrong, none]) {
      expect(log).toEqual([expect.stringMatching(/^warn {2}Redis refuses: .*(WRONGPASS|NOAUTH)/)]);
      expect(cache.connected()).toBe(false);
    }
    expect(right.log).toEqual([]);
  });

  test("entries are in the database that was chosen", async () => {
    const process = openCacheProcess(redis, { database: 3 });
    await untilConnected(process);
    await process.cache.read(at, async () => ({ n: 1 }));

    const client = await connect();
    await client.select(3);
    await expect.poll(() => client.exists(at.key)).toBe(1);
    await client.select(0);
    expect(await client.exists(at.key)).toBe(0);
  });

  // Nobody waits for an entry to be kept.
  async function stored(): Promise<void> {
    const client = await connect();
    await expect.poll(() => client.exists(at.key)).toBe(1);
  }

  async function connect(server: Server = redis) {
    const client = createClient({
      socket: { host: "127.0.0.1", port: server.port, reconnectStrategy: false },
    });
    client.on("error", () => {});
    await client.connect();
    onTestFinished(() => client.destroy());
    return client;
  }
});
