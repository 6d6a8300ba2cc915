// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Apart from the driver, which only those load who use it.

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}
