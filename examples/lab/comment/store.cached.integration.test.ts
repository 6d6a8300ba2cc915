// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTwoProcesses, patiently, untilShared } from "../kit/cache/cache.redis.testing.ts";
import { createCachedCommentStore } from "./store.cached.ts";
import { createMemoryCommentStore } from "./store.memory.ts";
import type { Comment, CommentStore } from "./store.ts";

const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
const all = { limit: 0, offset: 0 };

describeWith(["REDIS_ADDR"], "createCachedCommentStore() with Redis", () => {
  let redis: Server;
  beforeAll(async () => {
    redis = await startServer("redis");
  });
  afterAll(() => redis.remove());

  test("list() answers what another process has read", async () => {
    const { ours, theirs, first, second } = await openTwoStores();
    const comments = [await ours.create({ videoID, content: "first" })];
    comments.push(await ours.create({ videoID, content: "second" }));
    const page = { limit: 5, offset: 1 };

    const answeredBy = async () => {
      const key = `listComment:${videoID}:5:1`;
      await untilShared(redis, first, key, () => ours.list(videoID, page));
      expect(await theirs.list(videoID, page)).toEqual(comments.slice(1));
      return second.tiers.at(-1);
    };

    await expect.poll(answeredBy, patiently).toBe("redis");
  });

  test.each<[string, (store: CommentStore, comment: Comment) => Promise<unknown>]>([
    ["create", (store) => store.create({ videoID, content: "another" })],
    ["update", (store, { id }) => store.update(id, "changed")],
    ["delete", (store, { id }) => store.delete(id)],
    ["deleteByVideoID", (store) => store.deleteByVideoID(videoID)],
  ])(
    "stale caches: a read 100 ms after an acknowledged %s sees it, in every process",
    async (_, write) => {
      const { ours, theirs, inner } = await openTwoStores();
      const comment = await ours.create({ videoID, content: "old" });
      await Promise.all([ours.list(videoID, all), theirs.list(videoID, all)]);

      await write(ours, comment);
      await sleep(100);

      const seen = await theirs.list(videoID, all);
      expect(seen).toEqual(await inner.list(videoID, all));
      expect(seen).not.toEqual([comment]);
      expect(await ours.list(videoID, all)).toEqual(seen);
    },
  );

  async function openTwoStores() {
    const [first, second] = await openTwoProcesses(redis);
    await first.cache.invalidate("");
    const inner = createMemoryCommentStore();
    return {
      ...{ inner, first, second },
      ours: createCachedCommentStore(inner, first.cache),
      theirs: createCachedCommentStore(inner, second.cache),
    };
  }
});
