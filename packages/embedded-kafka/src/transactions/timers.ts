// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";

/** Calls back with a key at the time that was set for it. */
export class Timers {
  readonly #clock: Clock;
  readonly #onTime: (key: string) => void;
  readonly #cancels = new Map<string, () => void>();

  constructor(clock: Clock, onTime: (key: string) => void) {
    this.#clock = clock;
    this.#onTime = onTime;
  }

  /** Sets the time of a key, in milliseconds since 1970, instead of the one that it had. */
  set(key: string, at: number): void {
    this.delete(key);
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#cancels.delete(key);
      this.#onTime(key);
    });
    this.#cancels.set(key, cancel);
  }

  delete(key: string): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
