// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

/** A clock that stands still until it is told to go on. */
export interface TestClock extends Clock {
  /** Goes on by so many milliseconds, and lets all that becomes due run, in order of time. */
  advance(ms: number): Promise<void>;
  /** Lets all that is due now run. */
  settle(): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Turns of the event loop after which promises and immediates have had their say. */
const turns = 10;

/** Makes a clock that stands at `now` milliseconds. */
export function createTestClock(now = 0): TestClock {
  const timers = new Set<Timer>();

  const settle = async () => {
    for (let turn = 0; turn < turns; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  const nextUntil = (end: number) => {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  };

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + Math.max(0, ms), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    settle: () => runDue(now),
    advance: (ms) => runDue(now + ms),
  };

  async function runDue(end: number): Promise<void> {
    await settle();
    for (let timer = nextUntil(end); timer !== undefined; timer = nextUntil(end)) {
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.callback();
      await settle();
    }
    now = Math.max(now, end);
  }
}
