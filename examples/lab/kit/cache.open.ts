// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import type { Cache } from "./cache.ts";
import { createLocalCache } from "./cache.ts";
import type { cacheVariables } from "./cache-variables.ts";
import type { ConfigOf } from "./config.ts";
import type { Logger } from "./logger.ts";

export interface OpenCacheOptions {
  /** Names the cache in its metrics. */
  readonly name: string;
  readonly config: ConfigOf<typeof cacheVariables>;
  /** Changes whenever another process has written to the store; absent when the store cannot tell. */
  readonly version?: (() => number) | undefined;
  readonly meterProvider: MeterProvider;
  readonly logger: Logger;
}

/** The cache that the configuration chooses. */
export function openCache(options: OpenCacheOptions): Cache {
  if (options.config.REDIS_ADDR !== "") throw new Error("Cannot use Redis yet");
  return createLocalCache({ ...(options.version && { version: options.version }) });
}
