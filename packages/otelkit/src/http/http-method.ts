// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Methods of RFC 9110, RFC 5789 (PATCH) and the draft of QUERY, as the semantic conventions have it. */
export const defaultKnownMethods: readonly string[] = [
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
];

/** Makes the function that gives a method its value of `http.request.method`. */
export function createMethodName(
  known = defaultKnownMethods,
): (method: string | undefined) => string {
  const names = new Set(known);
  // Whatever a caller makes up must not make series.
  return (method = "") => (names.has(method) ? method : "_OTHER");
}
