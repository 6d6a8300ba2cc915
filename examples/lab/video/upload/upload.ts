// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../../kit/logger.ts";
import { videoCreated } from "../events.ts";
import { createObjectId } from "../object-id.ts";
import type { ObjectStore } from "../objects/objects.ts";
import { ObjectStoreUnavailableError, objectName } from "../objects/objects.ts";
import type { Prober } from "../probe.ts";
import type { VideoStore } from "../store.ts";
import { VideoStoreUnavailableError } from "../store.ts";
import type { IncomingUpload } from "./upload-request.ts";

export interface UploaderOptions {
  readonly store: VideoStore;
  readonly objects: ObjectStore;
  readonly prober: Prober;
  /** Where the events go. */
  readonly topic: string;
  /** Woken after every commit. */
  readonly relay: { wake(): void };
  readonly logger: Logger;
}

export interface Uploader {
  /**
   * Keeps the file as a new video and answers its id. The object comes first, then row and event
   * in one commit: an upload that resolved has all three, one that rejected has none, and one cut
   * short by a crash has at most an object without a row, which the sweep removes.
   */
  upload(incoming: IncomingUpload, signal: AbortSignal): Promise<string>;
  /** Whether an upload of this id is under way in this process: its object is no stray. */
  isUnderWay(id: string): boolean;
}

export function createUploader(options: UploaderOptions): Uploader {
  const { store, objects, prober, topic, relay, logger } = options;
  const underWay = new Set<string>();

  async function keep(id: string, incoming: IncomingUpload, signal: AbortSignal): Promise<void> {
    const name = objectName(id, incoming.filename);
    try {
      const size = await objects.put(name, incoming.chunks, signal);
      const read = (start: number, end: number) => objects.read(name, start, end);
      const probed = await prober.probe({ size, read });
      const url = objects.url(name);
      signal.throwIfAborted();
      await store.create(
        { id, ...probed, size, url, objectName: name },
        videoCreated(topic, id, url),
      );
      logger.info("Video uploaded", { id, size, ...probed });
    } catch (error) {
      // The row may be there, or still come: a video must not lose its file. Without a row the
      // sweep removes it.
      if (error instanceof VideoStoreUnavailableError && error.mayHaveHappened) throw error;
      const removed = remove(name);
      // A store that is away would keep the client waiting for nothing.
      if (!(error instanceof ObjectStoreUnavailableError)) await removed;
      throw error;
    }
  }

  async function remove(name: string): Promise<void> {
    try {
      await objects.delete(name);
    } catch (error) {
      logger.warn("Cannot remove an object now: the sweep will", { name, error });
    }
  }

  return {
    isUnderWay: (id) => underWay.has(id),
    upload: async (incoming, signal) => {
      const id = createObjectId();
      underWay.add(id);
      try {
        await keep(id, incoming, signal);
      } finally {
        underWay.delete(id);
      }
      relay.wake();
      return id;
    },
  };
}
