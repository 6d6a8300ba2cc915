// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "../kit/logger.ts";
import type { ObjectStore } from "./objects.ts";
import { videoIdOf } from "./objects.ts";
import type { VideoStore } from "./store.ts";
import { VideoNotFoundError } from "./store.ts";
import type { Uploader } from "./upload.ts";

export interface SweepOptions {
  /** Not the cached one: a stale answer would cost a video its file. */
  readonly store: Pick<VideoStore, "get">;
  readonly objects: Pick<ObjectStore, "list" | "delete" | "removeParts">;
  readonly uploader: Pick<Uploader, "isUnderWay">;
  /** How long nothing must have been written to what is removed, in milliseconds. */
  readonly ageMs: number;
  readonly logger: Logger;
  /** Ends the sweep between two objects. */
  signal?: AbortSignal;
  /** Default the system's clock. */
  now?: () => Date;
}

/**
 * Removes what crashes left behind: objects without a row, and parts of objects. Young ones are
 * spared, since another process may be about to write the row.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { store, objects, uploader, ageMs, logger, now = () => new Date() } = options;
  const before = new Date(now().getTime() - ageMs);

  async function isStray(name: string): Promise<boolean> {
    const id = videoIdOf(name);
    if (id === undefined || uploader.isUnderWay(id)) return false;
    try {
      await store.get(id);
      return false;
    } catch (error) {
      if (error instanceof VideoNotFoundError) return true;
      throw error;
    }
  }

  let strays = 0;
  for await (const { name, modifiedAt } of objects.list("")) {
    if (options.signal?.aborted) return;
    if (modifiedAt > before || !(await isStray(name))) continue;
    await objects.delete(name);
    strays++;
  }
  const parts = await objects.removeParts(before);
  if (strays + parts > 0) logger.info("Swept what crashes left behind", { strays, parts });
}
