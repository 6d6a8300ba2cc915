// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { KafkakitError } from "./kafkakit-error.ts";

/**
 * Says how long to wait after an attempt has failed, in milliseconds, or undefined when there is
 * to be no other. `attempt` counts from 1.
 */
export type RetryPolicy = (attempt: number, error: unknown) => number | undefined;

/** Options of {@link exponential}. */
export interface ExponentialOptions {
  /** Attempts in all, the first included. Default 5: 7.5 s of waiting for what is only brief. */
  attempts?: number;
  /** Wait after the first attempt, in milliseconds; doubled after each. Default 500. */
  initialMs?: number;
  /** Longest wait, in milliseconds. Default 30 000. */
  maxMs?: number;
  /** Share of the wait that is random, both ways: 0.2 is ±20 %. Default 0.2, against herds. */
  jitter?: number;
  /** Gives numbers from 0 to below 1. Default `Math.random`; tests give their own. */
  random?: () => number;
}

/** A retry policy that doubles its wait after each attempt. */
export function exponential({
  attempts = 5,
  initialMs = 500,
  maxMs = 30_000,
  jitter = 0.2,
  random = Math.random,
}: ExponentialOptions = {}): RetryPolicy {
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw new KafkakitError(
      `Cannot retry as 'attempts' must be a positive integer: current value is ${attempts}`,
      { code: "config" },
    );
  }
  return (attempt) => {
    if (attempt >= attempts) return undefined;
    const wait = Math.min(initialMs * 2 ** (attempt - 1), maxMs);
    return Math.min(wait * (1 + jitter * (2 * random() - 1)), maxMs);
  };
}

/**
 * For what fails for want of something outside, such as a broker: tries for ever, and soon enough
 * after it is back. Returns the wait after the `attempt`th failure, in milliseconds.
 */
export function waitForReturn(random: () => number): (attempt: number) => number {
  const maxMs = 5000;
  const policy = exponential({ attempts: Number.MAX_SAFE_INTEGER, maxMs, random });
  return (attempt) => policy(attempt, undefined) ?? maxMs;
}
