// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import type { Comment, CommentStore } from "./store.ts";
import { CommentNotFoundError } from "./store.ts";

export interface CommentStoreHarness {
  readonly store: CommentStore;
  /** Makes every later write bear a later time. */
  tick(): Promise<void>;
}

const all = { limit: 0, offset: 0 };
const videoID = "65f1a0b2c3d4e5f6a7b8c9d0";
const otherVideoID = "ffffffffffffffffffffffff";
const unknownID = "00000000-0000-4000-8000-000000000000";

/** What every comment store does. `open` answers an empty one, and sees to its end. */
export function describeCommentStore(name: string, open: () => Promise<CommentStoreHarness>): void {
  describe(name, () => {
    test("list() answers nothing when none is found", async () => {
      const { store } = await open();
      await store.create({ videoID: otherVideoID, content: "elsewhere" });

      expect(await store.list(videoID, all)).toEqual([]);
    });

    test.each([
      ["everything without a limit", { limit: 0, offset: 0 }, ["first", "second", "third"]],
      ["one with limit 1", { limit: 1, offset: 0 }, ["first"]],
      ["the next with limit 1 and offset 1", { limit: 1, offset: 1 }, ["second"]],
      ["the rest with an offset and no limit", { limit: 0, offset: 1 }, ["second", "third"]],
      ["what there is with a limit past the end", { limit: 9, offset: 2 }, ["third"]],
      ["nothing with an offset past the end", { limit: 9, offset: 9 }, []],
    ])("list() answers %s", async (_, page, expected) => {
      const { store, tick } = await open();
      await write(store, tick, ["first", "second", "third"]);

      expect(contents(await store.list(videoID, page))).toEqual(expected);
    });

    test("list() keeps the order in which comments of the same instant came", async () => {
      const { store } = await open();
      const written = Array.from({ length: 20 }, (_, index) => `comment ${index}`);
      await write(store, async () => {}, written);

      expect(contents(await store.list(videoID, all))).toEqual(written);
    });

    test("list() keeps its order when a comment is updated", async () => {
      const { store, tick } = await open();
      const [first] = await write(store, tick, ["first", "second"]);
      await store.update(idOf(first), "changed");

      expect(contents(await store.list(videoID, all))).toEqual(["changed", "second"]);
    });

    test("videosCommentedSince() answers each video once, of which a comment is new enough", async () => {
      const { store, tick } = await open();
      await write(store, tick, ["first"]);
      const [{ createdAt }] = (await write(store, tick, ["second", "third"])) as [Comment, Comment];
      await store.create({ videoID: otherVideoID, content: "elsewhere" });
      const later = new Date(createdAt.getTime() + 3_600_000);

      expect([...(await store.videosCommentedSince(createdAt))].sort()).toEqual([
        ...[videoID, otherVideoID],
      ]);
      await store.deleteByVideoID(otherVideoID);
      expect(await store.videosCommentedSince(createdAt)).toEqual([videoID]);
      expect(await store.videosCommentedSince(later)).toEqual([]);
    });

    test("create() answers the comment with an id and inserts it", async () => {
      const { store } = await open();

      const created = await store.create({ videoID, content: "Grüße, 世界 🎬\n'quoted'" });

      expect(created).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        videoID,
        content: "Grüße, 世界 🎬\n'quoted'",
        createdAt: expect.any(Date),
        updatedAt: created.createdAt,
      });
      expect(await store.list(videoID, all)).toEqual([created]);
    });

    test("update() moves the content and the time of the update, and nothing else", async () => {
      const { store, tick } = await open();
      const created = await store.create({ videoID, content: "old" });
      const other = await store.create({ videoID, content: "other" });
      await tick();

      const updated = await store.update(created.id, "new");

      expect(updated).toEqual({ ...created, content: "new", updatedAt: updated.updatedAt });
      expect(updated.updatedAt.getTime()).toBeGreaterThan(created.updatedAt.getTime());
      expect(await store.list(videoID, all)).toEqual([updated, other]);
    });

    test("update() does not find an unknown comment", async () => {
      const { store } = await open();

      await expect(store.update(unknownID, "new")).rejects.toThrow(CommentNotFoundError);
    });

    test("delete() answers the comment and removes it", async () => {
      const { store, tick } = await open();
      const [first, second] = await write(store, tick, ["first", "second"]);

      expect(await store.delete(idOf(first))).toEqual(first);
      expect(await store.list(videoID, all)).toEqual([second]);
    });

    test("delete() does not find an unknown comment, nor one that is deleted", async () => {
      const { store } = await open();
      const { id } = await store.create({ videoID, content: "once" });
      await store.delete(id);

      await expect(store.delete(id)).rejects.toThrow(CommentNotFoundError);
      await expect(store.delete(unknownID)).rejects.toThrow(CommentNotFoundError);
    });

    test("deleteByVideoID() removes the comments of the video and no others", async () => {
      const { store, tick } = await open();
      await write(store, tick, ["first", "second"]);
      const other = await store.create({ videoID: otherVideoID, content: "elsewhere" });

      expect(await store.deleteByVideoID(videoID)).toBe(2);
      expect(await store.list(videoID, all)).toEqual([]);
      expect(await store.list(otherVideoID, all)).toEqual([other]);
    });

    test("deleteByVideoID() can be repeated", async () => {
      const { store } = await open();
      await store.create({ videoID, content: "once" });
      await store.deleteByVideoID(videoID);

      expect(await store.deleteByVideoID(videoID)).toBe(0);
    });
  });
}

async function write(
  store: CommentStore,
  tick: () => Promise<void>,
  texts: readonly string[],
): Promise<Comment[]> {
  const written: Comment[] = [];
  for (const content of texts) {
    written.push(await store.create({ videoID, content }));
    await tick();
  }
  return written;
}

function contents(comments: readonly Comment[]): string[] {
  return comments.map(({ content }) => content);
}

function idOf(comment: Comment | undefined): string {
  return comment?.id ?? "";
}
