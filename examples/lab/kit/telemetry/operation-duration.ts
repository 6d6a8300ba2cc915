// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, Histogram, MeterProvider } from "@opentelemetry/api";

/** Name of the meter of all that the lab itself measures. */
export const labMeter = "labwire.lab";

/**
 * The instrument of every call to a database, as OpenTelemetry's semantic conventions have it
 * (`db.client.operation.duration`, seconds). One for all who measure, so that a process never has
 * two metrics of the same name.
 */
export function dbOperationDuration(meterProvider: MeterProvider): Histogram {
  return meterProvider.getMeter(labMeter).createHistogram("db.client.operation.duration", {
    description: "Duration of database client operations.",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  });
}

export interface TimedOptions {
  readonly histogram: Histogram;
  readonly attributes: Attributes;
  /** Errors that are answers, such as "not found". Default none. */
  readonly isAnswer?: ((error: unknown) => boolean) | undefined;
}

/** Does the work and records how long it took, in seconds, with `error.type` when it failed. */
export async function timed<T>(options: TimedOptions, work: () => Promise<T>): Promise<T> {
  const { histogram, attributes, isAnswer = () => false } = options;
  const started = performance.now();
  const record = (more: Attributes) =>
    histogram.record((performance.now() - started) / 1000, { ...attributes, ...more });
  try {
    const result = await work();
    record({});
    return result;
  } catch (error) {
    record(isAnswer(error) ? {} : { "error.type": errorType(error) });
    throw error;
  }
}

/** The error's class: never its message, which has no end of values. */
export function errorType(error: unknown): string {
  return error instanceof Error ? error.name : "_OTHER";
}
