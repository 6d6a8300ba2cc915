// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { TestClock } from "../test-clock.testing.ts";

/** A meter provider, a clock that stands still, and what was measured with them. */
export function recordSeries() {
  const { meterProvider, points } = createTestMeter();
  const clock = new TestClock();

  /** Series of one metric as `label=value … count`, for a histogram `count/sum`. */
  async function series(metric: string): Promise<string[]> {
    return (await points())
      .filter(({ name }) => name === metric)
      .map(({ attributes, value, sum }) => {
        const labels = Object.entries(attributes).map(([label, text]) => `${label}=${text}`);
        return [...labels.sort(), sum === undefined ? value : `${value}/${sum}`].join(" ");
      })
      .sort();
  }

  return { meterProvider, clock, options: { meterProvider, now: clock.now }, series };
}

/** Waits until the series are as expected: servers learn of an end after their clients. */
export async function eventually(
  read: () => Promise<string[]>,
  expected: readonly unknown[],
): Promise<void> {
  await expect.poll(read, { timeout: 10_000 }).toEqual(expected);
}
