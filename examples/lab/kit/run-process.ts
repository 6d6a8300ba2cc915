// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { ConfigError } from "./config.ts";
import type { Logger } from "./logger.ts";

/** What a process hands over as it starts its parts. */
export interface ProcessScope {
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Registers how a part stops. Parts stop in the reverse of the order they started in. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Stops the process with this error as its reason, exit code 1. */
  fail(error: unknown): void;
}

export interface ProcessOptions {
  readonly logger: Logger;
  /** How long all parts together may take to stop. */
  readonly gracefulTimeoutMs: number;
}

/**
 * The life of a service process: start the parts, serve until SIGINT, SIGTERM or the end of the
 * parent that holds its IPC channel, stop the parts in reverse order, exit 0.
 *
 * A part that cannot start, or `scope.fail`, is one line of log and exit code 1.
 */
export async function runProcess(
  options: ProcessOptions,
  start: (scope: ProcessScope) => Promise<void>,
): Promise<void> {
  const { logger, gracefulTimeoutMs } = options;
  const asked = new AbortController();
  const stops: { name: string; stop: () => Promise<void> | void }[] = [];
  let failure: unknown;

  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => asked.abort());
  // A parent that is gone can neither stop this process nor restart it.
  process.on("disconnect", () => asked.abort());

  const scope: ProcessScope = {
    signal: asked.signal,
    onStop: (name, stop) => stops.push({ name, stop }),
    fail: (error) => {
      failure ??= error;
      asked.abort();
    },
  };

  try {
    await start(scope);
    if (!asked.signal.aborted) process.send?.("ready");
    await aborted(asked.signal);
  } catch (error) {
    if (!asked.signal.aborted) failure ??= error;
  }
  if (failure !== undefined) logger.error(`Stopping: ${reason(failure)}`);

  const deadline = setTimeout(() => {
    logger.error("Stopping took too long", { gracefulTimeoutMs });
    process.exit(1);
  }, gracefulTimeoutMs);
  for (const { name, stop } of stops.reverse()) {
    try {
      await stop();
    } catch (error) {
      logger.error(`Cannot stop ${name}`, { error });
    }
  }
  clearTimeout(deadline);
  process.exit(failure === undefined ? 0 : 1);
}

/** For what goes wrong before there is a logger: one line on standard error, exit code 1. */
export function exitOnConfigError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
