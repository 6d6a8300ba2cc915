// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Video as VideoRpc } from "../gen/video/pb/rpc_pb.ts";
import type { Logger } from "../kit/logger.ts";
import { confirmedRequests } from "../kit/rpc/request-end.ts";
import type { Deleter } from "./delete.ts";
import { CommentsNotDeletedError } from "./delete.ts";
import { isObjectId } from "./object-id.ts";
import { ObjectStoreUnavailableError } from "./objects/objects.ts";
import type { Video, VideoStore } from "./store.ts";
import { VideoNotFoundError, VideoStoreUnavailableError } from "./store.ts";
import type { Uploader } from "./upload/upload.ts";
import { readUpload } from "./upload/upload-request.ts";

export interface VideoServiceOptions {
  readonly store: Pick<VideoStore, "get" | "list">;
  readonly uploader: Pick<Uploader, "upload">;
  readonly deleter: Pick<Deleter, "delete">;
  /** Bytes of the largest upload. */
  readonly maxUploadBytes: number;
  readonly logger: Logger;
}

/** The RPCs of `video.pb.Video`. */
export function createVideoService(options: VideoServiceOptions): ServiceImpl<typeof VideoRpc> {
  const { store, uploader, deleter, maxUploadBytes, logger } = options;

  /** Answers in the words of the API; what clients must not see goes to the log. */
  async function answer<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      if (error instanceof VideoNotFoundError) {
        throw new ConnectError("video not found", Code.NotFound);
      }
      if (error instanceof CommentsNotDeletedError) {
        logger.warn(error.message, { error: error.cause });
        throw new ConnectError("comment service is unavailable", Code.Unavailable);
      }
      if (error instanceof ObjectStoreUnavailableError) {
        logger.warn(`Cannot ${action}`, { error });
        throw new ConnectError("object store is unavailable", Code.Unavailable);
      }
      if (error instanceof VideoStoreUnavailableError) {
        logger.warn(`Cannot ${action}`, { error });
        throw new ConnectError("video store is unavailable", Code.Unavailable);
      }
      logger.error(`Cannot ${action}`, { error });
      throw new ConnectError(`cannot ${action}`, Code.Internal);
    }
  }

  return {
    healthz: () => ({ status: "ok" }),
    getVideo: ({ id }) =>
      answer("get the video", async () => {
        return { video: toInfo(await store.get(parseId(id))) };
      }),
    listVideo: ({ limit, skip }) =>
      answer("list videos", async () => {
        const videos = await store.list(toCount("limit", limit), toCount("skip", skip));
        return { videos: videos.map(toInfo) };
      }),
    uploadVideo: (requests, { signal, values }) =>
      answer("upload the video", async () => {
        const confirmed = confirmedRequests(requests, values);
        const incoming = await readUpload(confirmed, maxUploadBytes);
        return { id: await uploader.upload(incoming, signal) };
      }),
    deleteVideo: ({ id }) =>
      answer("delete the video", async () => {
        await deleter.delete(parseId(id));
        return {};
      }),
  };
}

// Hexadecimal digits are the same id in both cases; the store knows one.
function parseId(text: string): string {
  const id = text.toLowerCase();
  if (!isObjectId(id)) throw new ConnectError("invalid objectID", Code.InvalidArgument);
  return id;
}

function toCount(name: string, value: bigint): number {
  if (value < 0n) throw new ConnectError(`${name} must not be negative`, Code.InvalidArgument);
  // More than any store holds: the same as this many.
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function toInfo(video: Video) {
  const { id, width, height, size, duration, url, status, variants } = video;
  return {
    ...{ id, width, height, size: BigInt(size), duration, url, status, variants: { ...variants } },
    createdAt: timestampFromDate(video.createdAt),
    updatedAt: timestampFromDate(video.updatedAt),
  };
}
