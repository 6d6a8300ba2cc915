// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";

/** Ids that were given out and that nobody has come back with yet (KIP-394). */
export class PendingMembers {
  /** With what cancels their expiry. */
  readonly #ids = new Map<string, () => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  has(memberId: string): boolean {
    return this.#ids.has(memberId);
  }

  /** Expects somebody to come with the id for a while. */
  add(memberId: string, timeoutMs: number, onExpired: () => void): void {
    const expire = () => {
      this.#ids.delete(memberId);
      onExpired();
    };
    this.#ids.set(memberId, this.#clock.after(timeoutMs, expire));
  }

  /** Expects nobody any more. Returns whether somebody was expected. */
  delete(memberId: string): boolean {
    this.#ids.get(memberId)?.();
    return this.#ids.delete(memberId);
  }

  /** Stops all timers. */
  close(): void {
    for (const cancel of this.#ids.values()) cancel();
  }
}
