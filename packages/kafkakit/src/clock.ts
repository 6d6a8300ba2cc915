// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cancellation } from "./cancellation.ts";

/** Time, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Calls back once after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    // setTimeout fires at once past 2 ** 31 - 1, and a wait of 24 days is as good as for ever.
    const timer = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Resolves with true after `ms` milliseconds, or with false as soon as it is cancelled. */
export function delay(clock: Clock, ms: number, cancellation?: Cancellation): Promise<boolean> {
  return new Promise((resolve) => {
    if (cancellation?.cancelled) return resolve(false);
    const stop = clock.after(ms, () => {
      forget?.();
      resolve(true);
    });
    const forget = cancellation?.onCancel(() => {
      stop();
      resolve(false);
    });
  });
}

/** Resolves with true when the promise settles, or with false after `ms` milliseconds. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false));
    const onSettled = () => {
      cancel();
      resolve(true);
    };
    promise.then(onSettled, onSettled);
  });
}
