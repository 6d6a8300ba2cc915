// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import { reportFault } from "../report-fault.ts";
import type { CallTarget } from "./call-target.ts";

/** All that is known of one call. Whatever measures calls reads this and nothing else. */
export interface CallRecord {
  readonly target: CallTarget;
  /** Messages that this side has received, the end of a stream not counted. */
  readonly receivedCount: number;
  /** Messages that this side has sent, the end of a stream not counted. */
  readonly sentCount: number;
  /** How long the call took, in milliseconds. Undefined until it is finished. */
  readonly durationMs: number | undefined;
  /** Its error code. Undefined for a success, and until the call is finished. */
  readonly code: Code | undefined;
}

/** Turns the moments of a call into measurements. One is made per target; a call has several. */
export interface CallObserver {
  /** The call begins: on a server, before the handler runs. */
  started(call: CallRecord): void;
  /** A message came in. */
  received(call: CallRecord): void;
  /** A message went out. */
  sent(call: CallRecord): void;
  /** The call is over. Comes exactly once, after everything else. */
  finished(call: CallRecord): void;
}

/** Milliseconds since some fixed moment. */
export type Clock = () => number;

/**
 * One call from its start to its one finish. Every layer that sees the call shares this object:
 * the first `finish` counts, and what comes later is ignored. None of its methods throws.
 */
export class Call implements CallRecord {
  readonly target: CallTarget;
  receivedCount = 0;
  sentCount = 0;
  durationMs: number | undefined;
  code: Code | undefined;
  readonly #observers: readonly CallObserver[];
  readonly #now: Clock;
  readonly #startMs: number;

  constructor(target: CallTarget, observers: readonly CallObserver[], now: Clock) {
    this.target = target;
    this.#observers = observers;
    this.#now = now;
    this.#startMs = this.#readClock();
    this.#notify("started");
  }

  received(): void {
    if (this.durationMs !== undefined) return;
    this.receivedCount++;
    this.#notify("received");
  }

  sent(): void {
    if (this.durationMs !== undefined) return;
    this.sentCount++;
    this.#notify("sent");
  }

  /** Ends the call with `code`, or with success when it is undefined. */
  finish(code: Code | undefined): void {
    if (this.durationMs !== undefined) return;
    // A clock that was set back, or that failed, must not put a negative or NaN into a sum.
    const durationMs = this.#readClock() - this.#startMs;
    this.durationMs = durationMs > 0 && durationMs < Number.POSITIVE_INFINITY ? durationMs : 0;
    // Receivers read a code that they do not know as unknown. Here it must not make new series.
    this.code = code === undefined || code in Code ? code : Code.Unknown;
    this.#notify("finished");
  }

  #notify(moment: keyof CallObserver): void {
    for (const observer of this.#observers) {
      try {
        observer[moment](this);
      } catch (error) {
        reportFault(`Observer failed when a call ${moment}`, error);
      }
    }
  }

  #readClock(): number {
    try {
      return this.#now();
    } catch (error) {
      reportFault("Clock failed", error);
      return Number.NaN;
    }
  }
}
