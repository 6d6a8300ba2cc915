// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong:
 * - `config`: the app was put together wrongly; fix the code;
 * - `unavailable`: no broker can be reached; it may be later;
 * - `unknown_topic`: the topic does not exist (yet);
 * - `auth`: the broker refuses these credentials, or what they may do;
 * - `not_owner`: the partition now belongs to another member, so nothing can be committed;
 * - `timeout`: a handler ran past its `timeoutMs`;
 * - `hung`: a handler did not return after its signal was aborted;
 * - `stopped`: the app was stopped, or its start aborted;
 * - `tombstone`: a null value where a message was expected;
 * - `retryable`, `poison`, `skip`: a handler's wish, see {@link RetryableError}, {@link PoisonError}, {@link SkipError};
 * - `driver`: any other fault that the driver reported;
 * - `unknown`: anything else that {@link KafkakitError.from} was given.
 */
export type KafkakitErrorCode =
  | "config"
  | "unavailable"
  | "unknown_topic"
  | "auth"
  | "not_owner"
  | "timeout"
  | "hung"
  | "stopped"
  | "tombstone"
  | "retryable"
  | "poison"
  | "skip"
  | "driver"
  | "unknown";

/** Options of {@link KafkakitError}. */
export interface KafkakitErrorOptions {
  /** What went wrong. */
  code: KafkakitErrorCode;
  /** The error underneath, if there is one. */
  cause?: unknown;
  /** Whether the same action may succeed later. Default false. */
  retryable?: boolean;
}

/** The one error that this package throws. */
export class KafkakitError extends Error {
  override readonly name: string = "KafkakitError";
  /** What went wrong. */
  readonly code: KafkakitErrorCode;
  /** Whether the same action may succeed later. */
  readonly retryable: boolean;

  constructor(message: string, { code, cause, retryable = false }: KafkakitErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
  }

  /** Makes a KafkakitError of anything that was thrown. Returns one as it is, and never throws. */
  static from(reason: unknown): KafkakitError {
    try {
      if (reason instanceof KafkakitError) return reason;
      const message = reason instanceof Error ? String(reason.message) : String(reason);
      return new KafkakitError(message, { code: "unknown", cause: reason });
    } catch {
      // A proxy, a throwing getter or toString, an object without a prototype.
      return new KafkakitError("Unprintable value was thrown", { code: "unknown", cause: reason });
    }
  }
}

/** Options of {@link RetryableError}. */
export interface RetryableErrorOptions {
  /** Time until the next attempt, in milliseconds. Default: what the retry policy says. */
  delayMs?: number;
  /** The error underneath, if there is one. */
  cause?: unknown;
}

/**
 * Thrown by a handler that wants another attempt, as any unknown error does, but after a delay of
 * its own choice. It counts against the attempts of the retry policy.
 */
export class RetryableError extends KafkakitError {
  override readonly name = "RetryableError";
  /** Time until the next attempt, in milliseconds. */
  readonly delayMs: number | undefined;

  constructor(message: string, { delayMs, cause }: RetryableErrorOptions = {}) {
    super(message, { code: "retryable", cause, retryable: true });
    this.delayMs = delayMs;
  }
}

/** Thrown by a handler for a message that no attempt can help: to the dead-letter topic at once. */
export class PoisonError extends KafkakitError {
  override readonly name = "PoisonError";

  constructor(message: string, { cause }: { cause?: unknown } = {}) {
    super(message, { code: "poison", cause });
  }
}

/** Thrown by a handler for a message that is to be dropped: no retry, no dead letter. */
export class SkipError extends KafkakitError {
  override readonly name = "SkipError";

  constructor(message: string, { cause }: { cause?: unknown } = {}) {
    super(message, { code: "skip", cause });
  }
}
