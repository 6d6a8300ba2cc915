// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Cancellation } from "./cancellation.ts";
import { type Clock, delay, systemClock } from "./clock.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { Producer } from "./producer.ts";
import { waitForReturn } from "./retry.ts";

/** A record that waits in a table for being sent. */
export interface OutboxRecord {
  /** Names the row. */
  id: string;
  topic: string;
  /** Null is no key. Text goes as UTF-8. */
  key: Uint8Array | string | null;
  /** Null is a tombstone. */
  value: Uint8Array | null;
  headers?: Record<string, string>;
}

/**
 * The table of a service's own database where it writes records, in the same transaction as the
 * change that they tell of.
 */
export interface OutboxStore {
  /**
   * The oldest rows, in the order in which they were written, at most `limit`; the same ones again
   * until they are removed. Empty while another relay holds the lease, if several may run.
   */
  claim(limit: number): Promise<OutboxRecord[]>;
  /** Removes rows that were sent. */
  remove(ids: string[]): Promise<void>;
}

/** Options of {@link createOutboxRelay}. */
export interface OutboxRelayOptions {
  store: OutboxStore;
  /** Such as `app.producer`. */
  producer: Pick<Producer, "sendRaw">;
  /** Time between two looks into an empty table, in milliseconds. Default 1000. */
  intervalMs?: number;
  /** Most rows in one go. Default 100. */
  batchSize?: number;
  /** Where log lines go. Default: nowhere. */
  logger?: Logger;
  /** Time. Default: the machine's. */
  clock?: Clock;
  /** Gives numbers from 0 to below 1, for waits. Default `Math.random`. */
  random?: () => number;
}

/** Sends the rows of an outbox: each at least once, those of a key in order. */
export interface OutboxRelay {
  /** Begins to look for rows. */
  start(): void;
  /** To be called after a commit: looks at once. Many calls make one look. */
  wake(): void;
  /** Resolves when the batch that is being sent, if any, is sent and removed, or has failed. */
  stop(): Promise<void>;
}

/** Makes a relay. It has one batch in flight, so that nothing overtakes a row that failed. */
export function createOutboxRelay({
  store,
  producer,
  intervalMs = 1000,
  batchSize = 100,
  logger = silentLogger,
  clock = systemClock,
  random = Math.random,
}: OutboxRelayOptions): OutboxRelay {
  const backoff = waitForReturn(random);
  const stopping = new Cancellation();
  let running: Promise<void> | undefined;
  let nap = new Cancellation();
  let woken = false;

  /** Returns how many rows were sent. */
  const relay = async () => {
    const rows = await store.claim(batchSize);
    if (rows.length === 0) return 0;
    await producer.sendRaw(rows);
    await store.remove(rows.map(({ id }) => id));
    return rows.length;
  };

  const sleep = async (ms: number) => {
    nap = new Cancellation();
    if (stopping.cancelled || woken) return;
    await delay(clock, ms, nap);
  };

  const run = async () => {
    let failures = 0;
    while (!stopping.cancelled) {
      woken = false;
      try {
        const sent = await relay();
        failures = 0;
        // A full batch: there may be more.
        if (sent < batchSize) await sleep(intervalMs);
      } catch (reason) {
        failures++;
        const error = KafkakitError.from(reason);
        const waitMs = backoff(failures);
        logger.warn("Cannot relay the outbox, trying again", {
          error: error.message,
          waitMs: Math.round(waitMs),
        });
        // Being woken says that there are rows, not that the fault is gone.
        await delay(clock, waitMs, stopping);
      }
    }
  };

  return {
    start() {
      if (stopping.cancelled) {
        throw new KafkakitError("Cannot start the relay as it was stopped before", {
          code: "config",
        });
      }
      running ??= run();
    },
    wake() {
      woken = true;
      nap.cancel();
    },
    async stop() {
      stopping.cancel();
      nap.cancel();
      await running;
    },
  };
}
