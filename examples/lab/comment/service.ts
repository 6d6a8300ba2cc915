// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Client, ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Comment as CommentService } from "../gen/comment/pb/rpc_pb.ts";
import type { Video } from "../gen/video/pb/rpc_pb.ts";
import type { Logger } from "../kit/logger.ts";
import type { Comment, CommentStore } from "./store.ts";
import { CommentNotFoundError, CommentStoreUnavailableError } from "./store.ts";

export interface CommentServiceOptions {
  readonly store: CommentStore;
  /** Asked whether a video exists before it gets a comment. */
  readonly video: Pick<Client<typeof Video>, "getVideo">;
  /** Hears what clients are not told: why a call failed with Internal or Unavailable. */
  readonly logger: Logger;
}

/** The RPCs of `comment.pb.Comment`. */
export function createCommentService(
  options: CommentServiceOptions,
): ServiceImpl<typeof CommentService> {
  const { store, video, logger } = options;

  async function stored<T>(action: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof CommentNotFoundError) {
        throw new ConnectError("comment not found", Code.NotFound);
      }
      logger.error(`Cannot ${action}`, { error });
      if (error instanceof CommentStoreUnavailableError) {
        throw new ConnectError("comment store is unavailable", Code.Unavailable);
      }
      throw new ConnectError(`cannot ${action}`, Code.Internal);
    }
  }

  async function askForVideo(id: string, signal: AbortSignal): Promise<void> {
    try {
      await video.getVideo({ id }, { signal });
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      logger.error("Cannot reach the video service", { error });
      throw new ConnectError("video service is unavailable", Code.Unavailable);
    }
  }

  // A video's deletion hides it, and then deletes its comments. A comment that is inserted after
  // that would stay for ever; then the video is hidden already, and asking once more finds out.
  // That costs one more GetVideo, which video answers from its cache, per comment made: little,
  // beside rows that nobody can find any more to delete.
  async function deleteIfVideoIsGone({ id, videoID }: Comment): Promise<void> {
    try {
      // Without the caller's signal: a caller who has left must not leave an orphan behind.
      await video.getVideo({ id: videoID });
    } catch (error) {
      if (ConnectError.from(error).code !== Code.NotFound) {
        // The comment is stored, and nothing says that it should not be.
        logger.warn("Cannot ask again for the video of a new comment", { id, videoID, error });
        return;
      }
      await deleteOrphan(id);
      throw error;
    }
  }

  async function deleteOrphan(id: string): Promise<void> {
    try {
      await store.delete(id);
    } catch (error) {
      // The video's deletion was faster after all.
      if (error instanceof CommentNotFoundError) return;
      logger.error("Cannot delete the comment of a deleted video", { id, error });
    }
  }

  return {
    healthz: () => ({ status: "ok" }),

    listComment: async (request) => {
      const videoID = parseObjectID(request.videoId);
      const page = {
        limit: parseCount("limit", request.limit),
        offset: parseCount("offset", request.offset),
      };
      const comments = await stored("list comments", store.list(videoID, page));
      return { comments: comments.map(toCommentInfo) };
    },

    createComment: async (request, context) => {
      const videoID = parseObjectID(request.videoId);
      const content = parseContent(request.content);
      await askForVideo(videoID, context.signal);
      const comment = await stored("create comment", store.create({ videoID, content }));
      await deleteIfVideoIsGone(comment);
      logger.info("Comment created", { id: comment.id, videoID });
      return { id: comment.id };
    },

    updateComment: async (request) => {
      const id = parseUUID(request.id);
      const content = parseContent(request.content);
      const comment = await stored("update comment", store.update(id, content));
      logger.info("Comment updated", { id });
      return { comment: toCommentInfo(comment) };
    },

    deleteComment: async (request) => {
      const id = parseUUID(request.id);
      await stored("delete comment", store.delete(id));
      logger.info("Comment deleted", { id });
      return {};
    },

    deleteCommentByVideoID: async (request) => {
      const videoID = parseObjectID(request.videoId);
      const count = await stored("delete comments", store.deleteByVideoID(videoID));
      logger.info("Comments of a video deleted", { videoID, count });
      return {};
    },
  };
}

// Hexadecimal digits are the same id in both cases; the store knows one.
function parseObjectID(text: string): string {
  if (!/^[0-9a-f]{24}$/i.test(text)) {
    throw new ConnectError("invalid objectID", Code.InvalidArgument);
  }
  return text.toLowerCase();
}

function parseUUID(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new ConnectError("invalid UUID", Code.InvalidArgument);
  }
  return text.toLowerCase();
}

// The one character of Unicode that PostgreSQL's text cannot hold.
function parseContent(text: string): string {
  if (text.includes("\0")) {
    throw new ConnectError("content must not contain a NUL character", Code.InvalidArgument);
  }
  return text;
}

function parseCount(name: string, value: number): number {
  if (value < 0) throw new ConnectError(`${name} must not be negative`, Code.InvalidArgument);
  return value;
}

// What the video service answered has no cause here; what the connection failed with has.
function isConnectionError(error: unknown): boolean {
  const { cause, code } = ConnectError.from(error);
  return cause !== undefined && code !== Code.Canceled && code !== Code.DeadlineExceeded;
}

function toCommentInfo({ id, videoID, content, createdAt, updatedAt }: Comment) {
  return {
    id,
    videoId: videoID,
    content,
    createdAt: timestampFromDate(createdAt),
    updatedAt: timestampFromDate(updatedAt),
  };
}
