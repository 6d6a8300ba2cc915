// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import type { Logger } from "../kit/logger.ts";
import { labMeter } from "../kit/telemetry/operation-duration.ts";
import type { VideoOutbox } from "./store.open.ts";

export interface MeasureOutboxOptions {
  readonly outbox: Pick<VideoOutbox, "backlog">;
  readonly meterProvider: MeterProvider;
  readonly logger: Logger;
  /** Time between two looks, in milliseconds. Default 5000. */
  intervalMs?: number;
  /** Default the system's clock. */
  now?: () => Date;
}

/**
 * Tells how many events wait in the outbox, and for how long the oldest has; NaN while the store
 * does not say. Looked up by a timer, since a store that hangs must not hold up the metrics of all
 * else. Returns a function that ends it.
 */
export function measureOutbox(options: MeasureOutboxOptions): () => void {
  const { outbox, meterProvider, logger, intervalMs = 5000, now = () => new Date() } = options;
  let seen: { pending: number; oldestAt: Date | undefined } | undefined;
  let looking = false;

  async function look(): Promise<void> {
    // One look at a time: what the last one knew is no news when it has not come back.
    if (looking) {
      seen = undefined;
      return;
    }
    looking = true;
    try {
      seen = await outbox.backlog();
    } catch (error) {
      seen = undefined;
      logger.debug("Cannot look into the outbox", { error });
    } finally {
      looking = false;
    }
  }

  const meter = meterProvider.getMeter(labMeter);
  meter
    .createObservableGauge("lab.outbox.pending", {
      description: "Number of events that wait in the outbox. Every process tells of all.",
      unit: "{event}",
    })
    .addCallback((result) => result.observe(seen?.pending ?? Number.NaN));
  meter
    .createObservableGauge("lab.outbox.oldest_age", {
      description: "For how long the oldest event has waited; 0 when none waits.",
      unit: "s",
    })
    .addCallback((result) => {
      if (seen === undefined) return result.observe(Number.NaN);
      const age = seen.oldestAt === undefined ? 0 : now().getTime() - seen.oldestAt.getTime();
      result.observe(Math.max(0, age) / 1000);
    });

  void look();
  const timer = setInterval(look, intervalMs);
  return () => clearInterval(timer);
}
