// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import { openCache } from "../kit/cache/cache.open.ts";
import type { cacheVariables } from "../kit/cache/cache-variables.ts";
import type { ConfigOf } from "../kit/config.ts";
import type { Logger } from "../kit/logger.ts";
import type { Readiness } from "../kit/readiness.ts";
import type { ProcessScope } from "../kit/run-process.ts";
import { measureStore } from "../kit/telemetry/store-metrics.ts";
import { waitFor } from "../kit/wait-for.ts";
import type { storageVariables } from "./storage-variables.ts";
import { createCachedVideoStore } from "./store.cached.ts";
import type { VideoDatabase } from "./store.open.ts";
import { openVideoDatabase } from "./store.open.ts";
import type { VideoStore } from "./store.ts";
import { VideoNotFoundError } from "./store.ts";

export interface OpenVideosOptions {
  readonly config: ConfigOf<typeof storageVariables & typeof cacheVariables>;
  readonly scope: ProcessScope;
  readonly readiness: Readiness;
  readonly meterProvider: MeterProvider;
  readonly logger: Logger;
}

export interface Videos {
  readonly database: Pick<VideoDatabase, "outbox">;
  /** What is stored, whatever caches say. */
  readonly uncached: VideoStore;
  /**
   * Behind the cache: for processes that only write too, as their writes must be
   * forgotten by the caches of the others.
   */
  readonly store: VideoStore;
}

/** Waits for the videos that all processes share, and closes them with the process. */
export async function openVideos(options: OpenVideosOptions): Promise<Videos> {
  const { config, scope, readiness, meterProvider, logger } = options;
  const { signal } = scope;
  const isThere = readiness.pending("video store");
  const attempt = () => openVideoDatabase(config);
  const database = await waitFor("the video store", attempt, { logger, signal });
  isThere();
  scope.onStop("video store", () => database.store.close());

  const { version } = database;
  const cache = await openCache({ name: "videos", config, version, meterProvider, logger });
  scope.onStop("cache", () => cache.close());
  const uncached = measureStore(database.store, {
    ...{ meterProvider, url: config.MONGO_URL, collection: "videos" },
    isAnswer: (error) => error instanceof VideoNotFoundError,
  });
  return { database, uncached, store: createCachedVideoStore(uncached, cache) };
}
