// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../kit/logger.ts";
import type { ObjectStore } from "./objects/objects.ts";
import { videoIdOf } from "./objects/objects.ts";
import type { VideoStore } from "./store.ts";
import { VideoNotFoundError } from "./store.ts";
import type { Uploader } from "./upload/upload.ts";

// Ample for the row of an object that was whole a moment ago.
const settleMs = 60_000;
// A crash leaves no more than were under way. So many, and more than half of all, are the files of
// videos in another database.
const fewStrays = 100;

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
  /** Default the system's timer. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Removes what crashes left behind: objects without a row, and parts of objects. Young ones are
 * spared, since another process may be about to write the row. Old ones are looked at twice, a
 * minute apart when `ageMs` is not less: S3 may date an object by the beginning of its upload.
 *
 * When most of the objects have no row none is removed: a database that is lost, or not this
 * bucket's, must not cost every file there is.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { store, objects, uploader, ageMs, logger, signal } = options;
  const { now = () => new Date(), pause = sleepUntil } = options;
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

  const candidates: string[] = [];
  let owned = 0;
  for await (const { name, modifiedAt } of objects.list("")) {
    if (signal?.aborted) return;
    if (modifiedAt <= before && (await isStray(name))) candidates.push(name);
    else if (videoIdOf(name) !== undefined) owned++;
  }
  if (candidates.length > Math.max(fewStrays, owned)) {
    const counts = { withoutVideo: candidates.length, others: owned };
    logger.error("Swept no objects: most have no video in this database", counts);
    candidates.length = 0;
  }
  if (candidates.length > 0) await pause(Math.min(ageMs, settleMs), signal);

  let strays = 0;
  for (const name of candidates) {
    if (signal?.aborted) return;
    if (!(await isStray(name))) continue;
    await objects.delete(name);
    strays++;
  }
  const parts = await objects.removeParts(before);
  if (strays + parts > 0) logger.info("Swept what crashes left behind", { strays, parts });
}

/** Ends early, and well, when the signal aborts. */
async function sleepUntil(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
