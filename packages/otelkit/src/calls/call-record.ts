// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code } from "@connectrpc/connect";
import type { Context, SpanContext } from "@opentelemetry/api";
import { reportFault } from "../report-fault.ts";
import type { CallTarget } from "./call-target.ts";

/** All that is known of one call. Whatever measures calls reads this and nothing else. */
export interface CallRecord {
  readonly target: CallTarget;
  /** Messages that this side has received, the end of a stream not counted. */
  readonly receivedCount: number;
  /** Messages that this side has sent, the end of a stream not counted. */
  readonly sentCount: number;
  /** Milliseconds from the start to the first message of the response. Undefined before it. */
  readonly firstMessageMs: number | undefined;
  /** How long the caller wants to wait, in milliseconds. Undefined for ever. */
  readonly timeoutMs: number | undefined;
  /** How long the call took, in milliseconds. Undefined until it is finished. */
  readonly durationMs: number | undefined;
  /** Its error code. Undefined for a success, and until the call is finished. */
  readonly code: Code | undefined;
  /** What went wrong, in the words of the error. Undefined where there are none. */
  readonly errorMessage: string | undefined;
  /** The span that is on record for the call, for exemplars. Undefined when it is not sampled. */
  readonly span: SpanContext | undefined;
}

/** Turns the moments of a call into measurements. One is made per target; a call has several. */
export interface CallObserver {
  /** The call begins: on a server, before the handler runs. */
  started(call: CallRecord): void;
  /** So many messages came in. */
  received(call: CallRecord, messages: number): void;
  /** So many messages went out. */
  sent(call: CallRecord, messages: number): void;
  /**
   * Part of a body came in, as it is on the wire: compressed where it was. `messageBytes` are
   * those of messages, `wireBytes` those of all, such as the heads of messages and the end of a
   * stream. Comes only where bodies can be seen: on a server with `instrumentRoutes`.
   */
  receivedBytes(call: CallRecord, messageBytes: number, wireBytes: number): void;
  /** Part of a body went out. */
  sentBytes(call: CallRecord, messageBytes: number, wireBytes: number): void;
  /**
   * One whole message came in, of so many bytes on the wire, its head not counted. Comes where
   * `receivedBytes` does, and only when one of the observers has it.
   */
  receivedMessage?(call: CallRecord, bytes: number): void;
  /** One whole message went out. */
  sentMessage?(call: CallRecord, bytes: number): void;
  /** The call is over. Comes exactly once, after everything else. */
  finished(call: CallRecord): void;
}

/** The span of a call, and what is to run in it. */
export interface CallTrace {
  /** The context that handlers run in and that clients send on. */
  readonly context: Context;
  /** Undefined when the span is not sampled. */
  readonly span: SpanContext | undefined;
  /** The call is over. */
  finished(call: CallRecord): void;
}

/** Milliseconds since some fixed moment. */
export type Clock = () => number;

/** What the calls of one target share. */
export interface CallPlan {
  readonly target: CallTarget;
  readonly observers: readonly CallObserver[];
  readonly now: Clock;
  /** Whether anybody asks for `firstMessageMs`, which costs one more look at the clock. */
  readonly timesFirstMessage: boolean;
  /** Whether anybody asks for the size of every message. */
  readonly sizesMessages: boolean;
}

/**
 * One call from its start to its one finish. Every layer that sees the call shares this object:
 * the first `finish` counts, and what comes later is ignored. None of its methods throws.
 */
export class Call implements CallRecord {
  readonly timeoutMs: number | undefined;
  readonly trace: CallTrace | undefined;
  receivedCount = 0;
  sentCount = 0;
  firstMessageMs: number | undefined = undefined;
  durationMs: number | undefined = undefined;
  code: Code | undefined = undefined;
  errorMessage: string | undefined = undefined;
  readonly #plan: CallPlan;
  readonly #startMs: number;

  constructor(plan: CallPlan, timeoutMs?: number, trace?: CallTrace) {
    this.#plan = plan;
    this.timeoutMs = timeoutMs;
    this.trace = trace;
    this.#startMs = readClock(plan.now);
    for (const observer of plan.observers) {
      try {
        observer.started(this);
      } catch (error) {
        reportFault("Observer failed when a call started", error);
      }
    }
  }

  get target(): CallTarget {
    return this.#plan.target;
  }

  get span(): SpanContext | undefined {
    return this.trace?.span;
  }

  /** Whether `receivedMessage` and `sentMessage` are to be told of every message. */
  get sizesMessages(): boolean {
    return this.#plan.sizesMessages;
  }

  /** Milliseconds since the call began. */
  elapsedMs(): number {
    // A clock that was set back, or that failed, must not put a negative or NaN into a sum.
    const ms = readClock(this.#plan.now) - this.#startMs;
    return ms > 0 && ms < Number.POSITIVE_INFINITY ? ms : 0;
  }

  received(messages = 1): void {
    if (this.durationMs !== undefined) return;
    if (this.#plan.timesFirstMessage && this.receivedCount === 0 && this.target.side === "client") {
      this.firstMessageMs = this.elapsedMs();
    }
    this.receivedCount += messages;
    for (const observer of this.#plan.observers) {
      try {
        observer.received(this, messages);
      } catch (error) {
        reportFault("Observer failed when a call received", error);
      }
    }
  }

  sent(messages = 1): void {
    if (this.durationMs !== undefined) return;
    if (this.#plan.timesFirstMessage && this.sentCount === 0 && this.target.side === "server") {
      this.firstMessageMs = this.elapsedMs();
    }
    this.sentCount += messages;
    for (const observer of this.#plan.observers) {
      try {
        observer.sent(this, messages);
      } catch (error) {
        reportFault("Observer failed when a call sent", error);
      }
    }
  }

  receivedBytes(messageBytes: number, wireBytes: number): void {
    if (this.durationMs !== undefined) return;
    for (const observer of this.#plan.observers) {
      try {
        observer.receivedBytes(this, messageBytes, wireBytes);
      } catch (error) {
        reportFault("Observer failed when a call received bytes", error);
      }
    }
  }

  sentBytes(messageBytes: number, wireBytes: number): void {
    if (this.durationMs !== undefined) return;
    for (const observer of this.#plan.observers) {
      try {
        observer.sentBytes(this, messageBytes, wireBytes);
      } catch (error) {
        reportFault("Observer failed when a call sent bytes", error);
      }
    }
  }

  receivedMessage(bytes: number): void {
    if (this.durationMs !== undefined) return;
    for (const observer of this.#plan.observers) {
      try {
        observer.receivedMessage?.(this, bytes);
      } catch (error) {
        reportFault("Observer failed when a call received a message", error);
      }
    }
  }

  sentMessage(bytes: number): void {
    if (this.durationMs !== undefined) return;
    for (const observer of this.#plan.observers) {
      try {
        observer.sentMessage?.(this, bytes);
      } catch (error) {
        reportFault("Observer failed when a call sent a message", error);
      }
    }
  }

  /**
   * Ends the call with `code`, or with success when it is undefined.
   *
   * @param durationMs how long it took, for what is known later. Default until this moment.
   */
  finish(code: Code | undefined, errorMessage?: string, durationMs?: number): void {
    if (this.durationMs !== undefined) return;
    this.durationMs = durationMs ?? this.elapsedMs();
    // Receivers read a code that they do not know as unknown. Here it must not make new series.
    this.code = code === undefined || code in Code ? code : Code.Unknown;
    this.errorMessage = errorMessage;
    for (const observer of this.#plan.observers) {
      try {
        observer.finished(this);
      } catch (error) {
        reportFault("Observer failed when a call finished", error);
      }
    }
    if (this.trace !== undefined) endTrace(this.trace, this);
  }
}

function endTrace(trace: CallTrace, call: CallRecord): void {
  try {
    trace.finished(call);
  } catch (error) {
    reportFault("Tracing failed when a call finished", error);
  }
}

function readClock(now: Clock): number {
  try {
    return now();
  } catch (error) {
    reportFault("Clock failed", error);
    return Number.NaN;
  }
}
