// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Client } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Video } from "../gen/video/pb/rpc_pb.ts";
import type { Logger } from "../kit/logger.ts";
import type { CommentStore } from "./store.ts";

export interface CommentSweepOptions {
  readonly store: Pick<CommentStore, "videosCommentedSince" | "deleteByVideoID">;
  readonly video: Pick<Client<typeof Video>, "getVideo">;
  /**
   * How far back the first sweep looks, in milliseconds. Not to the beginning: a video service that
   * was given a wrong database must not cost every comment there is.
   */
  readonly backMs: number;
  readonly logger: Logger;
  /** Ends a sweep between two videos. */
  readonly signal?: AbortSignal;
  /** Default the system's clock. */
  now?: () => Date;
}

// More than a comment takes from its insertion until it is seen, and more than clocks differ.
const overlapMs = 5 * 60_000;

/**
 * A sweep that deletes the comments of videos that are gone. They are left when a comment is
 * inserted as its video is deleted, and the process is killed, or cannot reach the video service,
 * before it has asked for the video once more. Each sweep looks at what was made since the last one
 * that went well.
 *
 * It rejects when the video service or the store does not answer; what is left is for the next one.
 */
export function createCommentSweep(options: CommentSweepOptions): () => Promise<void> {
  const { store, video, backMs, logger, signal, now = () => new Date() } = options;
  let since = new Date(now().getTime() - backMs);

  async function isGone(id: string): Promise<boolean> {
    try {
      await video.getVideo({ id }, { signal });
      return false;
    } catch (error) {
      if (ConnectError.from(error).code === Code.NotFound) return true;
      throw error;
    }
  }

  return async () => {
    const began = now().getTime();
    for (const videoID of await store.videosCommentedSince(since)) {
      signal?.throwIfAborted();
      if (!(await isGone(videoID))) continue;
      const count = await store.deleteByVideoID(videoID);
      logger.info("Swept the comments of a deleted video", { videoID, count });
    }
    since = new Date(began - overlapMs);
  };
}
