// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The value that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/** `p50 1.2 ms, p99 8.0 ms (312 calls)` */
export function describeTimes(milliseconds: readonly number[]): string {
  const [p50, p99] = [50, 99].map((percent) => percentile(milliseconds, percent).toFixed(1));
  return `p50 ${p50} ms, p99 ${p99} ms (${milliseconds.length} calls)`;
}
