// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Upper-case codes of errors, such as `ECONNREFUSED` or PostgreSQL's `23505`. */
const codePattern = /^[A-Z0-9_]{2,40}$/;
const namePattern = /^[A-Za-z_$][\w$]{0,63}$/;

/**
 * Value of `error.type` for something that was thrown: its code, or that of its cause, or else its
 * class. Never its message, which has no end of values. Never throws.
 */
export function errorTypeOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return "_OTHER";
    const code = codeOf(error) ?? codeOf(error.cause);
    if (code !== undefined) return code;
    return namePattern.test(error.name) ? error.name : "_OTHER";
  } catch {
    // A getter that throws.
    return "_OTHER";
  }
}

function codeOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("code" in value)) return undefined;
  return typeof value.code === "string" && codePattern.test(value.code) ? value.code : undefined;
}
