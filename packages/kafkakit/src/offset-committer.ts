// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Clock, within } from "./clock.ts";
import type { PartitionOffset } from "./driver.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import type { Logger } from "./logger.ts";
import type { PartitionWork } from "./partition-work.ts";

/** Longest wait for a commit that others wait for: a stop, or a rebalance. */
const lastCommitMs = 3000;

export interface OffsetCommitterOptions {
  group: string;
  /** Shortest time between two commits. */
  intervalMs: number;
  clock: Clock;
  logger: Logger;
  /** All partitions that are owned now. */
  works(): Iterable<PartitionWork>;
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
}

/** Commits what is done: soon, one commit at a time, again when it fails. */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  #running: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** Commits soon. To be called when there is something new. */
  schedule(): void {
    if (this.#closed || this.#cancel !== undefined || this.#running !== undefined) return;
    const { clock, intervalMs } = this.#options;
    this.#cancel = clock.after(Math.max(0, this.#lastAt + intervalMs - clock.now()), () => {
      this.#cancel = undefined;
      void this.#commit();
    });
  }

  /** Commits all that is done now. Resolves when that is stored, has failed, or takes too long. */
  async flush(): Promise<void> {
    const all = async () => {
      // What runs now began with less.
      await this.#running;
      await this.#commit();
    };
    await within(this.#options.clock, lastCommitMs, all());
  }

  /** Commits only when told to from here on. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #commit(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#running ??= this.#commitOnce().finally(() => {
      this.#running = undefined;
      this.#lastAt = this.#options.clock.now();
      if (this.#pending().length > 0) this.schedule();
    });
    return this.#running;
  }

  async #commitOnce(): Promise<void> {
    const pending = this.#pending();
    if (pending.length === 0) return;
    try {
      await this.#options.commit(pending.map(({ offset }) => offset));
      for (const { work, offset } of pending) work.committed(offset);
    } catch (reason) {
      const { logger, group } = this.#options;
      const { code, message } = KafkakitError.from(reason);
      if (code === "not_owner") {
        logger.debug("Offsets not committed, as the partitions are gone", {
          group,
          error: message,
        });
        for (const { work } of pending) work.forfeit();
        return;
      }
      logger.warn("Offsets not committed, trying again", { group, error: message });
    }
  }

  #pending(): { work: PartitionWork; offset: PartitionOffset }[] {
    const pending: { work: PartitionWork; offset: PartitionOffset }[] = [];
    for (const work of this.#options.works()) {
      const offset = work.pending;
      if (offset !== undefined) pending.push({ work, offset });
    }
    return pending;
  }
}
