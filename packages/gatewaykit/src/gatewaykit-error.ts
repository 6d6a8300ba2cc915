// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong:
 * - `rule`: a `google.api.http` rule or an upload cannot be served, such as one that names a field
 *   that its message does not have;
 * - `conflict`: two rules take the same requests;
 * - `unknown`: anything else that {@link GatewaykitError.from} was given.
 */
export type GatewaykitErrorCode = "rule" | "conflict" | "unknown";

/** Options of {@link GatewaykitError}. */
export interface GatewaykitErrorOptions {
  /** What went wrong. */
  code: GatewaykitErrorCode;
  /** The error underneath, if there is one. */
  cause?: unknown;
}

/**
 * The one error that this package throws, always at start. Trying again with the same services
 * fails again. What goes wrong with a request is answered to its client, and not thrown.
 */
export class GatewaykitError extends Error {
  override readonly name = "GatewaykitError";
  /** What went wrong. */
  readonly code: GatewaykitErrorCode;

  constructor(message: string, { code, cause }: GatewaykitErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** Makes a GatewaykitError of anything that was thrown. Returns one as it is, and never throws. */
  static from(reason: unknown): GatewaykitError {
    try {
      if (reason instanceof GatewaykitError) return reason;
      const message = reason instanceof Error ? String(reason.message) : String(reason);
      return new GatewaykitError(message, { code: "unknown", cause: reason });
    } catch {
      // A proxy, a throwing getter or toString, an object without a prototype.
      return new GatewaykitError("Unprintable value was thrown", {
        code: "unknown",
        cause: reason,
      });
    }
  }
}
