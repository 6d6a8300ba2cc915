// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Apart from the driver, which only those load who use it.

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}

/** The URL as a log may show it; also of other servers, whose schemes may have a `+`. */
export function withoutPassword(url: string): string {
  return url
    .replace(/^([a-z+]+:\/\/[^:/?]*):[^/]*@/i, "$1:***@")
    .replace(/([?&]password=)[^&]*/g, "$1***");
}
