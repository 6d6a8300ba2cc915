// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "./logger.ts";
import { waitFor } from "./wait-for.ts";

export interface RepeatOptions {
  /** Pause after the work went well. After it failed it is tried sooner, by and by less often. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Does the work now and then again and again; resolves when the signal aborts. */
export async function repeat(
  what: string,
  work: () => Promise<void>,
  options: RepeatOptions,
): Promise<void> {
  const { intervalMs, signal, logger } = options;
  try {
    for (;;) {
      await waitFor(what, work, { logger, signal, initialMs: 1000, maxMs: 60_000 });
      await sleep(intervalMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
