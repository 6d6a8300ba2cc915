// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test } from "vitest";
import { createLocalCache } from "../kit/cache/cache.local.ts";
import { migratedDatabase, testClock } from "./database.testing.ts";
import { createCachedCommentStore } from "./store.cached.ts";
import { describeCommentStore } from "./store.contract.ts";
import { createMemoryCommentStore } from "./store.memory.ts";
import { openCommentDatabase } from "./store.open.ts";
import type { Comment, CommentStore } from "./store.ts";

const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
const all = { limit: 0, offset: 0 };

describeCommentStore("createCachedCommentStore()", async () => {
  const { now, tick } = testClock();
  return {
    store: createCachedCommentStore(createMemoryCommentStore({ now }), createLocalCache()),
    tick,
  };
});

test("list() answers a hit without the store", async () => {
  const { store, reads } = countingStore();
  const comment = await store.create({ videoID, content: "kept" });
  await store.list(videoID, all);

  expect([await store.list(videoID, all), reads()]).toEqual([[comment], 1]);
});

test("list() keeps that nothing was found", async () => {
  const { store, reads } = countingStore();
  await store.list(videoID, all);

  expect([await store.list(videoID, all), reads()]).toEqual([[], 1]);
});

test("list() keeps pages apart, under listComment:{videoID}:{limit}:{offset}", async () => {
  const keys: string[] = [];
  const store = createCachedCommentStore(createMemoryCommentStore(), {
    read: ({ key }, load) => {
      keys.push(key);
      return load();
    },
    invalidate: async (group) => void keys.push(`forget ${group}`),
    close: async () => {},
  });

  await store.list(videoID, { limit: 10, offset: 20 });
  await store.create({ videoID, content: "new" });

  expect(keys).toEqual([`listComment:${videoID}:10:20`, `forget listComment:${videoID}:`]);
});

test("list() makes one store read of 100 concurrent misses", async () => {
  const { store, reads } = countingStore();
  await store.create({ videoID, content: "wanted" });

  const answers = await Promise.all(Array.from({ length: 100 }, () => store.list(videoID, all)));

  expect([new Set(answers.map((answer) => answer.length)), reads()]).toEqual([new Set([1]), 1]);
});

test("list() does not keep an error of the store", async () => {
  let error: Error | undefined = new Error("away");
  const inner = createMemoryCommentStore();
  const list: CommentStore["list"] = (...args) =>
    error === undefined ? inner.list(...args) : Promise.reject(error);
  const store = createCachedCommentStore({ ...inner, list }, createLocalCache());
  await expect(store.list(videoID, all)).rejects.toThrow("away");

  error = undefined;

  expect(await store.list(videoID, all)).toEqual([]);
});

const writes: Record<string, (store: CommentStore, comment: Comment) => Promise<unknown>> = {
  create: (store) => store.create({ videoID, content: "another" }),
  update: (store, { id }) => store.update(id, "changed"),
  delete: (store, { id }) => store.delete(id),
  deleteByVideoID: (store) => store.deleteByVideoID(videoID),
};

test.each(Object.entries(writes))("%s() invalidates the lists of the video", async (_, write) => {
  const { store, inner } = countingStore();
  const comment = await store.create({ videoID, content: "old" });
  await store.list(videoID, all);
  await store.list(videoID, { limit: 1, offset: 0 });

  await write(store, comment);

  for (const page of [all, { limit: 1, offset: 0 }]) {
    expect(await store.list(videoID, page)).toEqual(await inner.list(videoID, page));
  }
});

test.each(Object.entries(writes))(
  "stale caches: a read that begins after an acknowledged %s sees it, in every process",
  async (_, write) => {
    const url = await migratedDatabase();
    const ours = await openCached(url);
    const theirs = await openCached(url);
    const comment = await ours.create({ videoID, content: "old" });
    await Promise.all([ours.list(videoID, all), theirs.list(videoID, all)]);

    await write(ours, comment);

    const seen = await theirs.list(videoID, all);
    expect(seen).toEqual(await ours.list(videoID, all));
    expect(seen).not.toEqual([comment]);
  },
);

test.each(Object.entries(writes))(
  "a %s whose answer was lost is not hidden",
  async (name, write) => {
    const inner = createMemoryCommentStore();
    const torn = new Proxy(inner, {
      get: (target, property: keyof CommentStore) =>
        property !== name
          ? target[property]
          : async (...args: never[]) => {
              await (target[property] as (...args: never[]) => Promise<unknown>)(...args);
              throw new Error("Connection reset");
            },
    });
    const comment = await inner.create({ videoID, content: "old" });
    const store = createCachedCommentStore(torn, createLocalCache());
    await store.list(videoID, all);

    await expect(write(store, comment)).rejects.toThrow("Connection reset");

    const seen = await store.list(videoID, all);
    expect(seen).toEqual(await inner.list(videoID, all));
    expect(seen).not.toEqual([comment]);
  },
);

test("a comment that is not found forgets nothing", async () => {
  const { store, reads } = countingStore();
  await store.list(videoID, all);

  await expect(store.delete("00000000-0000-4000-8000-000000000000")).rejects.toThrow("No comment");

  expect([await store.list(videoID, all), reads()]).toEqual([[], 1]);
});

async function openCached(url: string): Promise<CommentStore> {
  const database = await openCommentDatabase(url);
  onTestFinished(() => database.store.close());
  return createCachedCommentStore(database.store, createLocalCache(database));
}

function countingStore() {
  const inner = createMemoryCommentStore();
  let count = 0;
  const list: CommentStore["list"] = (...args) => {
    count += 1;
    return inner.list(...args);
  };
  const store = createCachedCommentStore({ ...inner, list }, createLocalCache());
  return { store, inner, reads: () => count };
}
