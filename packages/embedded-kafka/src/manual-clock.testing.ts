// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock.ts";

interface Timer {
  at: number;
  readonly callback: () => void;
  /** Of one that repeats. */
  readonly everyMs?: number;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<Timer>();

  /** How many timers are set, but for those that repeat: how much is waited for. */
  get timers(): number {
    return [...this.#timers].filter(({ everyMs }) => everyMs === undefined).length;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    return this.#set({ at: this.#now + ms, callback });
  }

  every(ms: number, callback: () => void): () => void {
    return this.#set({ at: this.#now + ms, callback, everyMs: ms });
  }

  /** Moves on by `ms` milliseconds and fires what comes due, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = Math.max(this.#now, due.at);
      if (due.everyMs === undefined) this.#timers.delete(due);
      else due.at += due.everyMs;
      due.callback();
    }
    this.#now = end;
  }

  #set(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}
