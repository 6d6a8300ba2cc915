// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { diag } from "@opentelemetry/api";

/** What goes to the diag logger as an error, until `diag.disable()`. */
export function captureFaults(): string[] {
  const faults: string[] = [];
  const quiet = () => {};
  diag.setLogger({
    error: (message) => faults.push(message),
    warn: quiet,
    info: quiet,
    debug: quiet,
    verbose: quiet,
  });
  return faults;
}
