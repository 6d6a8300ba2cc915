// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../../clock.ts";
import type { ConsumerMember } from "./consumer-member.ts";

/** Options of {@link MemberTimers}. */
export interface MemberTimersOptions {
  readonly clock: Clock;
  /** How long a member may say nothing. */
  readonly sessionTimeoutMs: number;
}

/** Functions that cancel. */
interface Timers {
  session: () => void;
  revocation: () => void;
}

/** How long the members of a group may take. */
export class MemberTimers {
  readonly #options: MemberTimersOptions;
  readonly #expire: (memberId: string, reason: string) => void;
  readonly #timers = new Map<string, Timers>();

  /** Calls `expire` for a member whose time is over. */
  constructor(options: MemberTimersOptions, expire: (memberId: string, reason: string) => void) {
    this.#options = options;
    this.#expire = expire;
  }

  /** Begins a member's session anew. */
  awaitHeartbeat(memberId: string): void {
    const { clock, sessionTimeoutMs } = this.#options;
    const timers = this.#of(memberId);
    timers.session();
    timers.session = clock.after(sessionTimeoutMs, () => {
      this.#expire(memberId, `it has said nothing for ${sessionTimeoutMs} ms`);
    });
  }

  /** Gives a member its time to give up partitions, which others wait for, if it has any to. */
  awaitRevocation({ id, state, epoch, rebalanceTimeoutMs }: ConsumerMember): void {
    const timers = this.#of(id);
    timers.revocation();
    if (state !== "unrevoked" || epoch < 0) return;
    timers.revocation = this.#options.clock.after(rebalanceTimeoutMs, () => {
      this.#expire(id, `it has not given up its partitions within ${rebalanceTimeoutMs} ms`);
    });
  }

  cancel(memberId: string): void {
    const timers = this.#timers.get(memberId);
    timers?.session();
    timers?.revocation();
    this.#timers.delete(memberId);
  }

  cancelAll(): void {
    for (const memberId of [...this.#timers.keys()]) this.cancel(memberId);
  }

  #of(memberId: string): Timers {
    const timers = this.#timers.get(memberId) ?? { session() {}, revocation() {} };
    this.#timers.set(memberId, timers);
    return timers;
  }
}
