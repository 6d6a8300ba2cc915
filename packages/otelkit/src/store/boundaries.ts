// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { OtelkitError } from "../otelkit-error.ts";

/** Of histograms that say nothing: OpenTelemetry's own, which suit milliseconds. */
export const defaultBoundaries: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
];

/** @throws {OtelkitError} with code `invalid_option` when there is no such kind of histogram. */
export function assertHistograms(action: string, histograms: string) {
  if (histograms === "explicit" || histograms === "exponential") return;
  throw new OtelkitError(
    `Cannot ${action} as 'histograms' must be 'explicit' or 'exponential': current value is '${histograms}'`,
    { code: "invalid_option" },
  );
}

/** @throws {OtelkitError} with code `invalid_option` when a histogram cannot have the bounds. */
export function assertBoundaries(action: string, name: string, boundaries: readonly number[]) {
  if (Array.isArray(boundaries) && boundaries.length > 0 && isAscending(boundaries)) return;
  throw new OtelkitError(
    `Cannot ${action} as 'histogramBoundaries' of '${name}' must be ascending numbers: current value is [${boundaries}]`,
    { code: "invalid_option" },
  );
}

function isAscending(boundaries: readonly number[]): boolean {
  return boundaries.every(
    (bound, i) => Number.isFinite(bound) && (i === 0 || bound > (boundaries[i - 1] ?? 0)),
  );
}
