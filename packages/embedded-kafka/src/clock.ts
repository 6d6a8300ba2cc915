// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The time and timers, so that tests can hold time still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back every `ms` milliseconds. Returns a function that ends it. */
  every(ms: number, callback: () => void): () => void;
}

/** setTimeout fires at once past it, and a wait of 24 days is as good as for ever. */
const longestMs = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, longestMs));
    return () => clearTimeout(timer);
  },
  every(ms, callback) {
    const timer = setInterval(callback, Math.min(ms, longestMs));
    return () => clearInterval(timer);
  },
};
