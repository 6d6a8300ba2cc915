// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { diag } from "@opentelemetry/api";

/** Tells of a fault in measuring a call, where OpenTelemetry tells of its own. Never throws. */
export function reportFault(message: string, error: unknown): void {
  try {
    diag.error(`@labwire/otelkit: ${message}`, error);
  } catch {
    // The user's diag logger fails: there is nobody left to tell.
  }
}
