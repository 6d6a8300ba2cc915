// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import type { Comment, CommentStore } from "./store.ts";
import { CommentNotFoundError } from "./store.ts";

export interface MemoryCommentStoreOptions {
  /** Default the system's clock. */
  now?: () => Date;
}

/** Comments in this process, gone with it: for tests. */
export function createMemoryCommentStore(options: MemoryCommentStoreOptions = {}): CommentStore {
  const { now = () => new Date() } = options;
  // A map iterates in the order of insertion, and sorting by time keeps it within an instant.
  const comments = new Map<string, Comment>();

  const ofVideo = (videoID: string) =>
    [...comments.values()]
      .filter((comment) => comment.videoID === videoID)
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());

  function known(id: string): Comment {
    const comment = comments.get(id);
    if (comment === undefined) throw new CommentNotFoundError(id);
    return comment;
  }

  return {
    list: async (videoID, { limit, offset }) =>
      ofVideo(videoID).slice(offset, limit === 0 ? undefined : offset + limit),
    create: async (comment) => {
      const createdAt = now();
      const created = { ...comment, id: randomUUID(), createdAt, updatedAt: createdAt };
      comments.set(created.id, created);
      return created;
    },
    update: async (id, content) => {
      const updated = { ...known(id), content, updatedAt: now() };
      comments.set(id, updated);
      return updated;
    },
    delete: async (id) => {
      const comment = known(id);
      comments.delete(id);
      return comment;
    },
    deleteByVideoID: async (videoID) => {
      const gone = ofVideo(videoID);
      for (const { id } of gone) comments.delete(id);
      return gone.length;
    },
    videosCommentedSince: async (time) => {
      const recent = [...comments.values()].filter(({ createdAt }) => createdAt >= time);
      return [...new Set(recent.map(({ videoID }) => videoID))];
    },
    close: async () => {},
  };
}
