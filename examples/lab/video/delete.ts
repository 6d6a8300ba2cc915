// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Client } from "@connectrpc/connect";
import type { Comment } from "../gen/comment/pb/rpc_pb.ts";
import type { Logger } from "../kit/logger.ts";
import type { ObjectStore } from "./objects/objects.ts";
import type { VideoStore } from "./store.ts";

export interface DeleterOptions {
  readonly store: VideoStore;
  readonly objects: ObjectStore;
  readonly comments: Pick<Client<typeof Comment>, "deleteCommentByVideoID">;
  readonly logger: Logger;
}

export interface Deleter {
  /**
   * Hides the video at once, then removes its comments, its file and its renditions, and at last
   * its row. One that broke off can be repeated until all is gone.
   *
   * @throws VideoNotFoundError when all is gone, or there never was such a video;
   * CommentsNotDeletedError when the comment service does not answer.
   */
  delete(id: string): Promise<void>;
  /**
   * Finishes the deletes that broke off, until the signal aborts.
   *
   * @throws the last error when some could not be finished; the others are.
   */
  resume(signal?: AbortSignal): Promise<void>;
}

/** The comment service failed; the video stays hidden and the delete can be repeated. */
export class CommentsNotDeletedError extends Error {
  override readonly name = "CommentsNotDeletedError";
}

export function createDeleter(options: DeleterOptions): Deleter {
  const { store, objects, comments, logger } = options;

  async function finish(id: string, signal?: AbortSignal): Promise<void> {
    try {
      await comments.deleteCommentByVideoID({ videoId: id }, { signal });
    } catch (error) {
      const message = `Cannot delete the comments of video '${id}'`;
      throw new CommentsNotDeletedError(message, { cause: error });
    }
    // Renditions that ffmpeg made begin with the id too.
    for await (const { name } of objects.list(`${id}-`)) await objects.delete(name);
    await store.finishDelete(id);
    logger.info("Video deleted", { id });
  }

  return {
    delete: async (id) => {
      await store.beginDelete(id);
      await finish(id);
    },
    resume: async (signal) => {
      let failure: { error: unknown } | undefined;
      for (const { id } of await store.deleting()) {
        if (signal?.aborted) return;
        await finish(id, signal).catch((error) => {
          failure = { error };
        });
      }
      if (failure !== undefined) throw failure.error;
    },
  };
}
