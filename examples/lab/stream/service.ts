// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { HandlerContext, ServiceHandlers, Topic } from "@labwire/kafkakit";
import { PoisonError } from "@labwire/kafkakit";
import type {
  HandleVideoCreatedRequest,
  HandleVideoCreatedRequestSchema,
  VideoStream,
} from "../gen/video/pb/stream_pb.ts";
import { isObjectId } from "../video/object-id.ts";
import type { Video, VideoStore } from "../video/store.ts";
import { targetScales, VideoNotFoundError } from "../video/store.ts";
import type { Transcoder } from "./transcoder.ts";

export interface StreamServiceOptions {
  readonly store: VideoStore;
  readonly transcoder: Transcoder;
  /** Where the fan-out goes. */
  readonly events: Topic<typeof HandleVideoCreatedRequestSchema>;
  /** Called when the last rendition of a video was added. Default nothing. */
  readonly onComplete?: (video: Video) => void;
}

/**
 * Fans an uploaded video out into one event per target height, and makes the rendition of each.
 * Every step may be repeated: a replay ends in the same state.
 */
export function createStreamService(
  options: StreamServiceOptions,
): ServiceHandlers<typeof VideoStream> {
  const { store, transcoder, events, onComplete = () => {} } = options;

  async function fanOut(message: HandleVideoCreatedRequest, ctx: HandlerContext): Promise<void> {
    await store.markEncoding(message.id);
    await ctx.produce(
      events,
      targetScales.map((scale) => ({ ...message, scale })),
    );
  }

  async function makeVariant(
    message: HandleVideoCreatedRequest,
    ctx: HandlerContext,
  ): Promise<void> {
    const { id, scale } = message;
    const video = await store.get(id);
    // One that is there is written again: a process that died between its commit and its
    // invalidation has left the caches of others as they were.
    const known = video.variants[scale];
    const url = known ?? (await transcoder.transcode(video, scale, ctx.signal));
    const updated = await store.updateVariant(id, scale, url).catch(async (error) => {
      // Deleted meanwhile: who deleted it may have looked for its files before this one was there.
      if (error instanceof VideoNotFoundError) await transcoder.discard(video, scale);
      throw error;
    });
    const { status } = updated;
    ctx.logger.info("Variant made", { id, scale, status });
    if (known === undefined && status === "success") onComplete(updated);
  }

  return {
    async handleVideoCreated(message, ctx) {
      if (!isObjectId(message.id)) throw new PoisonError(`Invalid objectID '${message.id}'`);
      try {
        await (message.scale === 0 ? fanOut(message, ctx) : makeVariant(message, ctx));
      } catch (error) {
        // Trying again would not bring it back; the dead-letter topic keeps the event.
        if (error instanceof VideoNotFoundError)
          throw new PoisonError(error.message, { cause: error });
        throw error;
      }
    },
  };
}
