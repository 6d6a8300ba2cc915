// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A value as a message shows it: the `"9464"` of an environment variable is no number. */
export function quoteValue(value: unknown): string {
  return typeof value === "string" ? `'${value}'` : String(value);
}
