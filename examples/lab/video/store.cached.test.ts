// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createLocalCache } from "../kit/cache/cache.local.ts";
import { createCachedVideoStore } from "./store.cached.ts";
import { videoStoreContract } from "./store.contract.ts";
import { createMemoryVideoStore } from "./store.memory.ts";
import { openVideoDatabase } from "./store.open.ts";
import type { VideoStore } from "./store.ts";
import { targetScales, VideoNotFoundError } from "./store.ts";

const id = "65a000000000000000000001";
const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };
const event = { topic: "video", key: id, value: Uint8Array.of(1) };

videoStoreContract("cached memory", async (now) => {
  const memory = createMemoryVideoStore({ now });
  const store = createCachedVideoStore(memory, createLocalCache());
  return { store, events: async () => memory.events };
});

test("get() and list() ask the store on a miss, and answer hits from memory", async () => {
  const { store, asked } = await startCachedStore();

  await store.get(id);
  await store.list(10, 0);
  const missed = [...asked];
  await store.get(id);
  await store.list(10, 0);

  expect([missed, asked]).toEqual([
    ["get", "list"],
    ["get", "list"],
  ]);
});

test("list() keeps the answers of other pages apart", async () => {
  const { store } = await startCachedStore();

  const pages = [await store.list(0, 0), await store.list(0, 1), await store.list(1, 0)];

  expect(pages.map((page) => page.length)).toEqual([1, 0, 1]);
});

test("get() makes one store read when 100 readers miss at once", async () => {
  const { store, asked } = await startCachedStore();

  await Promise.all(Array.from({ length: 100 }, () => store.get(id)));

  expect(asked).toEqual(["get"]);
});

test("get() does not keep that a video was not found", async () => {
  const { store, memory } = await startCachedStore();
  const later = "65a000000000000000000002";

  await expect(store.get(later)).rejects.toThrow(VideoNotFoundError);
  await memory.create({ id: later, ...about }, event);

  expect((await store.get(later)).id).toBe(later);
});

test.each<[string, (store: VideoStore) => Promise<unknown>]>([
  ["create", (store) => store.create({ id: "65a000000000000000000002", ...about }, event)],
  ["markEncoding", (store) => store.markEncoding(id)],
  ["updateVariant", (store) => store.updateVariant(id, 360, "http://videos/360")],
  ["markFailed", (store) => store.markFailed(id)],
  ["beginDelete", (store) => store.beginDelete(id)],
  ["finishDelete", (store) => store.finishDelete(id)],
])("stale caches: a read after %s() sees what it wrote", async (_, write) => {
  const { store, memory } = await startCachedStore();
  await store.get(id);
  await store.list(0, 0);

  await write(store);

  expect(await store.list(0, 0)).toEqual(await memory.list(0, 0));
  expect(await resultOf(store.get(id))).toEqual(await resultOf(memory.get(id)));
});

test("a write whose answer was lost is not hidden by the cache", async () => {
  const { store, memory } = await startCachedStore();
  const torn = createCachedVideoStore(
    {
      ...memory,
      markEncoding: async (video) => {
        await memory.markEncoding(video);
        throw new Error("Connection reset");
      },
    },
    createLocalCache(),
  );
  await torn.get(id);

  await expect(torn.markEncoding(id)).rejects.toThrow("Connection reset");

  expect((await torn.get(id)).status).toBe("encoding");
  expect((await store.get(id)).status).toBe("encoding");
});

test("stale caches: reads see what video-stream wrote to the same file a moment ago", async () => {
  const folder = mkdtempSync(join(tmpdir(), "video-cache-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const address = { MONGO_URL: `sqlite:${join(folder, "videos.db")}`, MONGO_DATABASE: "" };
  const [api, stream] = [await openVideoDatabase(address), await openVideoDatabase(address)];
  onTestFinished(() => Promise.all([api.store.close(), stream.store.close()]).then(() => {}));
  const cached = createCachedVideoStore(api.store, createLocalCache(api));
  await cached.create({ id, ...about }, event);

  const seen = [(await cached.get(id)).status, (await cached.list(0, 0))[0]?.status];
  for (const scale of targetScales) await stream.store.updateVariant(id, scale, "http://videos/1");
  seen.push((await cached.get(id)).status, (await cached.list(0, 0))[0]?.status);

  expect(seen).toEqual(["uploaded", "uploaded", "success", "success"]);
});

async function startCachedStore() {
  const memory = createMemoryVideoStore();
  await memory.create({ id, ...about }, event);
  const asked: string[] = [];
  const watched: VideoStore = {
    ...memory,
    get: (video) => {
      asked.push("get");
      return memory.get(video);
    },
    list: (limit, skip) => {
      asked.push("list");
      return memory.list(limit, skip);
    },
  };
  return { store: createCachedVideoStore(watched, createLocalCache()), memory, asked };
}

function resultOf<T>(read: Promise<T>): Promise<T | string> {
  return read.catch((error) => String(error));
}
