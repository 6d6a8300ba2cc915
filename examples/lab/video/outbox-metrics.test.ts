// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, onTestFinished, test, vi } from "vitest";
import { createLogger } from "../kit/logger.ts";
import { recordMetrics } from "../kit/telemetry/metrics.testing.ts";
import { measureOutbox } from "./outbox-metrics.ts";
import type { VideoOutbox } from "./store.open.ts";

const now = new Date("2026-01-01T00:01:00Z");

async function measured(backlog: VideoOutbox["backlog"]) {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const { meterProvider, series } = await recordMetrics();
  const logger = createLogger({ write: () => {} });
  const outbox = { backlog };
  const stop = measureOutbox({ outbox, meterProvider, logger, intervalMs: 5000, now: () => now });
  onTestFinished(stop);
  return {
    /** Pending, and the age of the oldest, after another look. */
    look: async () => {
      await vi.advanceTimersByTimeAsync(5000);
      return [
        ...(await series("lab_outbox_pending")),
        ...(await series("lab_outbox_oldest_age_seconds")),
      ];
    },
  };
}

test("measureOutbox() tells what waits, and for how long", async () => {
  const oldestAt = new Date("2026-01-01T00:00:18Z");
  const answers = [
    { pending: 0, oldestAt: undefined },
    { pending: 0, oldestAt: undefined },
    { pending: 3, oldestAt },
  ];
  const { look } = await measured(async () => answers.shift() ?? { pending: 0, oldestAt });
  expect([await look(), await look()]).toEqual([
    ["0", "0"],
    ["3", "42"],
  ]);
});

test("measureOutbox() does not repeat an old answer while the store fails or hangs", async () => {
  const known = { pending: 1, oldestAt: now };
  const hung = Promise.withResolvers<typeof known>();
  const answers = [known, known, "away", hung.promise];
  const { look } = await measured(async () => {
    const answer = await (answers.shift() ?? known);
    if (typeof answer === "string") throw new Error(answer);
    return answer;
  });
  const unknown = ["NaN", "NaN"];
  const shown = [await look(), await look(), await look(), await look()];
  hung.resolve(known);
  expect([...shown, await look()]).toEqual([["1", "0"], unknown, unknown, unknown, ["1", "0"]]);
});
