// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import { errorCodes } from "../protocol/error-codes.ts";

/** What a response says of one item when it was refused. */
export interface Fault {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** What it says when all is well. */
export const noFault: Fault = { errorCode: errorCodes.NONE, errorMessage: null };

/** Makes a fault; without a message for errors whose code says it all. */
export function fault(code: keyof typeof errorCodes, errorMessage: string | null = null): Fault {
  return { errorCode: errorCodes[code], errorMessage };
}

/** Does what may find the disk full or no file to be had, which then is the fault. */
export function storing(
  { logger }: Cluster,
  failure: string,
  action: () => void,
): Fault | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    const message = `${failure}: ${error instanceof Error ? error.message : String(error)}`;
    logger.error(message);
    return fault("KAFKA_STORAGE_ERROR", message);
  }
}

/** Those of the values that are there more than once. */
export function repeated<T>(values: readonly T[]): ReadonlySet<T> {
  const seen = new Set<T>();
  const twice = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) twice.add(value);
    seen.add(value);
  }
  return twice;
}
