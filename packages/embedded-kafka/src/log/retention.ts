// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { LogConfig } from "./log-config.ts";
import type { Segment } from "./segment.ts";

/**
 * How many segments from the first on are to be deleted by their age and by the size of the log.
 * Whole segments go, as on Kafka: by size only while what stays is no less than the limit, by age
 * when the last of its records is too old.
 */
export function countExpired(
  segments: readonly Segment[],
  { retentionMs, retentionBytes }: LogConfig,
  now: number,
): number {
  const isEmptyEnd = segments.at(-1)?.sizeBytes === 0;
  const deletable = isEmptyEnd ? segments.slice(0, -1) : segments;
  let excess = segments.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, -retentionBytes);
  let count = 0;
  for (const { sizeBytes } of deletable) {
    if (excess < sizeBytes) break;
    excess -= sizeBytes;
    count++;
  }
  while (count < deletable.length) {
    const { largestTimestamp } = deletable[count] as Segment;
    if (now - largestTimestamp <= retentionMs) break;
    count++;
  }
  return count;
}
