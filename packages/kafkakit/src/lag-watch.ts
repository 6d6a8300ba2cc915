// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Cancellation } from "./cancellation.ts";
import { type Clock, delay, within } from "./clock.ts";
import type { Driver, PartitionProgress } from "./driver.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import type { Logger } from "./logger.ts";
import { compose, type LagCall, type Middleware } from "./middleware.ts";

/** How long brokers may take to answer: until then the answer before is told. */
const answerMs = 10_000;
/** How long `stop` waits for a look that is under way. */
const stopMs = 1000;

export interface LagWatchOptions {
  driver: Driver;
  group: string;
  topics: readonly string[];
  startFrom: "earliest" | "latest";
  intervalMs: number;
  middleware: readonly Middleware[];
  clock: Clock;
  logger: Logger;
}

/**
 * Asks the brokers again and again how far a group is behind, and tells middleware. What it tells
 * does not depend on this member: a consumer that is stuck, or that cannot join, falls behind too.
 */
export class LagWatch {
  readonly #options: LagWatchOptions;
  readonly #stopping = new Cancellation();
  readonly #known = new Map<string, bigint>();
  #running: Promise<void> | undefined;

  constructor(options: LagWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.cancel();
    if (this.#running !== undefined) await within(this.#options.clock, stopMs, this.#running);
  }

  async #run(): Promise<void> {
    const { group, intervalMs, middleware, clock, logger } = this.#options;
    const look = compose(middleware, async (call) => {
      if (call.kind === "lag" && !this.#stopping.cancelled) await this.#look(call);
    });
    for (;;) {
      const { cancelled } = this.#stopping;
      try {
        await look({ kind: "lag", group, partitions: [] });
      } catch (reason) {
        // The consumer says aloud what keeps it from its broker.
        const { message } = KafkakitError.from(reason);
        logger.debug("Cannot tell how far the group is behind", { group, error: message });
      }
      // The last call tells of nothing, so that nobody shows an old answer for ever.
      if (cancelled) return;
      await delay(clock, intervalMs, this.#stopping);
    }
  }

  async #look(call: LagCall): Promise<void> {
    const { driver, group, topics, startFrom, clock, logger } = this.#options;
    const asked = driver.progress({ group, topics }, { logger });
    if (!(await within(clock, answerMs, asked))) {
      throw new KafkakitError(`Brokers did not answer within ${answerMs} ms`, {
        code: "unavailable",
        retryable: true,
      });
    }
    call.partitions = (await asked).map((progress) => {
      const { topic, partition, start, end } = progress;
      const from = this.#committed(progress) ?? (startFrom === "earliest" ? start : end);
      // What retention has removed is not waited for, and a topic may have been made anew.
      const lag = Math.max(0, Math.min(Number(end - from), Number(end - start)));
      return { topic, partition, lag };
    });
  }

  /**
   * Right after a commit a coordinator may answer that there is none, which would look as if the
   * whole partition were waiting. Said twice in a row, it is so.
   */
  #committed({ topic, partition, committed }: PartitionProgress): bigint | undefined {
    const key = `${partition}:${topic}`;
    const known = this.#known.get(key);
    if (committed === undefined) this.#known.delete(key);
    else this.#known.set(key, committed);
    return committed ?? known;
  }
}
