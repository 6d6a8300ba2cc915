// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cache, Cached } from "../kit/cache/cache.ts";
import type { Comment, CommentStore, Page } from "./store.ts";
import { CommentNotFoundError } from "./store.ts";

/**
 * Reads go through the cache, under `listComment:{videoID}:{limit}:{offset}`; every write forgets
 * what it may have changed.
 */
export function createCachedCommentStore(store: CommentStore, cache: Cache): CommentStore {
  const forget = (videoID: string) => cache.invalidate(groupOf(videoID));

  // Also after an error: the write may have come through, and only its answer was lost.
  async function forgetAfter<T>(videoID: string, write: Promise<T>): Promise<T> {
    try {
      return await write;
    } finally {
      await forget(videoID);
    }
  }

  async function forgetVideoOf(write: Promise<Comment>): Promise<Comment> {
    try {
      const comment = await write;
      await forget(comment.videoID);
      return comment;
    } catch (error) {
      // Whose comment it was is not known.
      if (!(error instanceof CommentNotFoundError)) await cache.invalidate("");
      throw error;
    }
  }

  return {
    list: (videoID, page) => cache.read(listed(videoID, page), () => store.list(videoID, page)),
    create: (comment) => forgetAfter(comment.videoID, store.create(comment)),
    update: (id, content) => forgetVideoOf(store.update(id, content)),
    delete: (id) => forgetVideoOf(store.delete(id)),
    deleteByVideoID: (videoID) => forgetAfter(videoID, store.deleteByVideoID(videoID)),
    videosCommentedSince: (time) => store.videosCommentedSince(time),
    close: () => store.close(),
  };
}

function listed(videoID: string, { limit, offset }: Page): Cached<readonly Comment[]> {
  const group = groupOf(videoID);
  return {
    key: `${group}${limit}:${offset}`,
    group,
    revive: (json) => (json as Comment[]).map(withDates),
  };
}

function groupOf(videoID: string): string {
  return `listComment:${videoID}:`;
}

function withDates(comment: Comment): Comment {
  const { createdAt, updatedAt } = comment;
  return { ...comment, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
}
