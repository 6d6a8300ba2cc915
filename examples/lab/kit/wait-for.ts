// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "./logger.ts";

/** What no waiting mends, such as a damaged file. The message says what to do something about. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

export interface WaitOptions {
  readonly logger: Logger;
  /** Ends the wait with the signal's reason. */
  readonly signal: AbortSignal;
  /** Pause after the first failure; it doubles up to `maxMs`. Default 100. */
  initialMs?: number;
  /** Default 5000: a dependency that is back is noticed within five seconds. */
  maxMs?: number;
}

/**
 * Tries until it works: a dependency that starts later than the service is waited for, and the log
 * says for which.
 *
 * @throws PermanentError as soon as an attempt does.
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T> | T,
  options: WaitOptions,
): Promise<T> {
  const { logger, signal, initialMs = 100, maxMs = 5000 } = options;
  for (let pauseMs = initialMs; ; pauseMs = Math.min(pauseMs * 2, maxMs)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof PermanentError) throw error;
      logger.warn(`Waiting for ${what}`, { error, retryMs: pauseMs });
    }
    await sleep(pauseMs, undefined, { signal });
  }
}
