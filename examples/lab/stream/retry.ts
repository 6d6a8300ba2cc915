// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RetryPolicy } from "@labwire/kafkakit";
import { exponential } from "@labwire/kafkakit";
import { ObjectStoreUnavailableError } from "../video/objects/objects.ts";
import { VideoStoreUnavailableError } from "../video/store.ts";

/**
 * How events are tried again: `attempts` times in all, and for as long as it takes while a store is
 * away, at most five seconds apart. That is no fault of the video, which is not to end as `failed`.
 */
export function retryEvents(attempts: number): RetryPolicy {
  const limited = exponential({ attempts });
  const patient = exponential({ attempts: Number.MAX_SAFE_INTEGER, maxMs: 5000 });
  return (attempt, error) => (isAway(error) ? patient : limited)(attempt, error);
}

function isAway(error: unknown): boolean {
  return (
    error instanceof VideoStoreUnavailableError || error instanceof ObjectStoreUnavailableError
  );
}
