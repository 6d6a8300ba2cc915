// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong:
 * - `decode`: the bytes are not a message of the schema;
 * - `encode`: the message cannot be written by the schema, such as a number out of its field's range;
 * - `unknown`: anything else that {@link ProtokitError.from} was given.
 */
export type ProtokitErrorCode = "decode" | "encode" | "unknown";

/** Options of {@link ProtokitError}. */
export interface ProtokitErrorOptions {
  /** What went wrong. */
  code: ProtokitErrorCode;
  /** The error underneath, if there is one. */
  cause?: unknown;
  /** Whether the same call may succeed later. Default false, as the same bytes stay bad. */
  retryable?: boolean;
}

/** The one error that this package throws. */
export class ProtokitError extends Error {
  override readonly name = "ProtokitError";
  /** What went wrong. */
  readonly code: ProtokitErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(message: string, { code, cause, retryable = false }: ProtokitErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
  }

  /** Makes a ProtokitError of anything that was thrown. Returns one as it is, and never throws. */
  static from(reason: unknown): ProtokitError {
    try {
      if (reason instanceof ProtokitError) return reason;
      const message = reason instanceof Error ? String(reason.message) : String(reason);
      return new ProtokitError(message, { code: "unknown", cause: reason });
    } catch {
      // A proxy, a throwing getter or toString, an object without a prototype.
      return new ProtokitError("Unprintable value was thrown", { code: "unknown", cause: reason });
    }
  }
}
