// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong:
 * - `invalid_option`: an option's value cannot be used; the message names both;
 * - `listen_failed`: the metrics endpoint could not open its port;
 * - `unknown`: anything else that {@link OtelkitError.from} was given.
 */
export type OtelkitErrorCode = "invalid_option" | "listen_failed" | "unknown";

/** Options of {@link OtelkitError}. */
export interface OtelkitErrorOptions {
  /** What went wrong. */
  code: OtelkitErrorCode;
  /** The error underneath, if there is one. */
  cause?: unknown;
}

/** The one error that this package throws, only while something is set up and never in a call. */
export class OtelkitError extends Error {
  override readonly name = "OtelkitError";
  /** What went wrong. */
  readonly code: OtelkitErrorCode;

  constructor(message: string, { code, cause }: OtelkitErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** Makes an OtelkitError of anything that was thrown. Returns one as it is, and never throws. */
  static from(reason: unknown): OtelkitError {
    return toOtelkitError(reason);
  }
}

// Outside, as a bundler gives a class that names itself inside another name, which stacks show.
function toOtelkitError(reason: unknown): OtelkitError {
  try {
    if (reason instanceof OtelkitError) return reason;
    const message = reason instanceof Error ? String(reason.message) : String(reason);
    return new OtelkitError(message, { code: "unknown", cause: reason });
  } catch {
    // A proxy, a throwing getter or toString, an object without a prototype.
    return new OtelkitError("Unprintable value was thrown", { code: "unknown", cause: reason });
  }
}
