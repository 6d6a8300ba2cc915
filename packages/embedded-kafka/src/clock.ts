// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Timers, so that tests can hold time still. */
export interface Clock {
  /** Calls back once after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  after(ms, callback) {
    // setTimeout fires at once past 2 ** 31 - 1, and a wait of 24 days is as good as for ever.
    const timer = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
