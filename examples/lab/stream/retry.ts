// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConsumerRecord, Middleware, RetryPolicy } from "@labwire/kafkakit";
import { exponential } from "@labwire/kafkakit";
import { ObjectStoreUnavailableError } from "../video/objects/objects.ts";
import { VideoStoreUnavailableError } from "../video/store.ts";

export interface EventRetry {
  /** Counts the failures of each event that no store is to blame for. */
  readonly count: Middleware;
  readonly policy: RetryPolicy;
}

/**
 * How events are tried again: `attempts` times in all, and for as long as it takes while a store is
 * away, at most five seconds apart. That is no fault of the video, which is not to end as `failed`:
 * not even when, as a store comes back, one try fails that has not noticed its absence.
 */
export function createEventRetry(attempts: number): EventRetry {
  const limited = exponential({ attempts });
  const patient = exponential({ attempts: Number.MAX_SAFE_INTEGER, maxMs: 5000 });
  const failuresOf = new WeakMap<ConsumerRecord, number>();
  // Of the event that it was thrown for, this one included.
  const failuresAt = new WeakMap<Error, number>();

  return {
    count: (next) => async (call) => {
      try {
        await next(call);
      } catch (error) {
        if (call.kind === "process" && error instanceof Error && !isAway(error)) {
          const failures = (failuresOf.get(call.record) ?? 0) + 1;
          failuresOf.set(call.record, failures);
          failuresAt.set(error, failures);
        }
        throw error;
      }
    },
    policy: (attempt, error) => {
      if (isAway(error)) return patient(attempt, error);
      return limited(failuresAt.get(error as Error) ?? attempt, error);
    },
  };
}

function isAway(error: unknown): boolean {
  return (
    error instanceof VideoStoreUnavailableError || error instanceof ObjectStoreUnavailableError
  );
}
