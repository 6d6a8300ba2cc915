// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  connectTo,
  openTwoProcesses,
  patiently,
  untilShared,
} from "../kit/cache/cache.redis.testing.ts";
import { createCachedVideoStore } from "./store.cached.ts";
import { createMemoryVideoStore } from "./store.memory.ts";
import type { VideoStore } from "./store.ts";

const id = "65a000000000000000000001";
const about = { width: 640, height: 360, size: 1, duration: 4.5, url: "u", objectName: "o" };
const event = { topic: "video", key: id, value: Uint8Array.of(1) };

describeWith(["REDIS_ADDR"], "createCachedVideoStore() with Redis", () => {
  let redis: Server;
  beforeAll(async () => {
    redis = await startServer("redis");
  });
  afterAll(() => redis.remove());

  test("get() and list() answer what another process has read", async () => {
    const { ours, theirs, inner, first, second } = await openTwoStores();
    await ours.updateVariant(id, 360, "http://objects/360");

    const answeredBy = async () => {
      const both = () => Promise.all([ours.get(id), ours.list(10, 0)]);
      await untilShared(redis, first, `getVideo:${id}`, both);
      expect(await theirs.get(id)).toEqual(await inner.get(id));
      expect(await theirs.list(10, 0)).toEqual(await inner.list(10, 0));
      return second.tiers.slice(-2);
    };

    await expect.poll(answeredBy, patiently).toEqual(["redis", "redis"]);
    expect(await (await connectTo(redis)).exists("listVideo:10:0")).toBe(1);
  });

  test.each<[string, (store: VideoStore) => Promise<unknown>]>([
    ["create", (store) => store.create({ id: "65a000000000000000000002", ...about }, event)],
    ["markEncoding", (store) => store.markEncoding(id)],
    ["updateVariant", (store) => store.updateVariant(id, 360, "http://objects/360")],
    ["markFailed", (store) => store.markFailed(id)],
    ["beginDelete", (store) => store.beginDelete(id)],
    ["finishDelete", (store) => store.finishDelete(id)],
  ])(
    "stale caches: a read 100 ms after an acknowledged %s sees it, in every process",
    async (_, write) => {
      const { ours, theirs, inner } = await openTwoStores();
      for (const store of [ours, theirs]) await Promise.all([store.get(id), store.list(0, 0)]);
      const before = await inner.list(0, 0);

      await write(ours);
      await sleep(100);

      for (const store of [theirs, ours]) {
        expect(await store.list(0, 0)).toEqual(await inner.list(0, 0));
        expect(await resultOf(store.get(id))).toEqual(await resultOf(inner.get(id)));
      }
      expect(await inner.list(0, 0)).not.toEqual(before);
    },
  );

  async function openTwoStores() {
    const [first, second] = await openTwoProcesses(redis);
    await first.cache.invalidate("");
    const inner = createMemoryVideoStore();
    await inner.create({ id, ...about }, event);
    return {
      ...{ inner, first, second },
      ours: createCachedVideoStore(inner, first.cache),
      theirs: createCachedVideoStore(inner, second.cache),
    };
  }
});

function resultOf<T>(read: Promise<T>): Promise<T | string> {
  return read.catch((error) => String(error));
}
