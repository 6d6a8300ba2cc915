// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { NewVideo, OutboxEvent, Video, VideoStore } from "./store.ts";
import { statusWithVariants, VideoNotFoundError } from "./store.ts";

export interface MemoryVideoStore extends VideoStore {
  /** The events kept so far, oldest first. */
  readonly events: readonly OutboxEvent[];
}

export interface MemoryVideoStoreOptions {
  /** Default the system's clock. */
  now?: () => Date;
}

/** Videos in this process's memory, for tests of what is built on the port. */
export function createMemoryVideoStore(options: MemoryVideoStoreOptions = {}): MemoryVideoStore {
  const { now = () => new Date() } = options;
  const videos = new Map<string, Video>();
  const deleting = new Set<string>();
  const events: OutboxEvent[] = [];

  function find(id: string): Video {
    const video = videos.get(id);
    if (video === undefined) throw new VideoNotFoundError(id);
    return video;
  }

  function findVisible(id: string): Video {
    if (deleting.has(id)) throw new VideoNotFoundError(id);
    return find(id);
  }

  function change(video: Video, changes: Partial<Video>): Video {
    const changed = { ...video, ...changes, updatedAt: now() };
    videos.set(video.id, changed);
    return changed;
  }

  return {
    events,
    get: async (id) => findVisible(id),
    list: async (limit, skip) => {
      const visible = [...videos.values()].filter((video) => !deleting.has(video.id));
      visible.sort(byCreation);
      return visible.slice(skip, limit === 0 ? undefined : skip + limit);
    },
    create: async (video: NewVideo, event) => {
      if (videos.has(video.id)) throw new Error(`Cannot create video '${video.id}': it exists`);
      const createdAt = now();
      const added = { status: "uploaded", variants: {}, createdAt, updatedAt: createdAt } as const;
      videos.set(video.id, { ...video, ...added });
      events.push(event);
    },
    markEncoding: async (id) => {
      const video = videos.get(id);
      if (video?.status === "uploaded") change(video, { status: "encoding" });
    },
    updateVariant: async (id, scale, url) => {
      const video = findVisible(id);
      if (video.variants[scale] === url) return video;
      const variants = { ...video.variants, [scale]: url };
      return change(video, { variants, status: statusWithVariants(video.status, variants) });
    },
    markFailed: async (id) => {
      const video = videos.get(id);
      if (video?.status === "uploaded" || video?.status === "encoding") {
        change(video, { status: "failed" });
      }
    },
    beginDelete: async (id) => {
      const video = find(id);
      deleting.add(id);
      return video;
    },
    finishDelete: async (id) => {
      videos.delete(id);
      deleting.delete(id);
    },
    deleting: async () => [...deleting].map(find).sort(byCreation),
    close: async () => {},
  };
}

function byCreation(a: Video, b: Video): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1);
}
