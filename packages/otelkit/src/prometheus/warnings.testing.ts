// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { DiagLogLevel, diag } from "@opentelemetry/api";
import { onTestFinished } from "vitest";

/** Collects what is told to OpenTelemetry's `diag` as a warning, until the test ends. */
export function collectWarnings(): string[] {
  const warnings: string[] = [];
  const silent = () => {};
  const warn = (message: string) => void warnings.push(message);
  const logger = { error: silent, warn, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  return warnings;
}
