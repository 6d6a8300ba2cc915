// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { runSoak } from "./soak.ts";

test("calls of all kinds with faults are counted once, end, and leave nothing behind", async () => {
  const result = await runSoak({ calls: 10_000, concurrency: 32 });
  const { made } = result;
  const total = (counts: Record<string, number>) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const half = result.tenths[4];
  expect({
    wrong: result.wrong,
    active: result.active,
    client: total(result.client),
    linesAdded: result.series - (half?.series ?? 0),
    isFlat: result.heapBytes < (half?.heapBytes ?? 0) * 1.2,
  }).toEqual({ wrong: [], active: 0, client: made.client, linesAdded: 0, isFlat: true });
  // A deadline can pass, and a connection be cut, before the request has come to the server.
  const onServer = total(result.server);
  expect(onServer).toBeLessThanOrEqual(made.client + made.hand + made.cut);
  expect(onServer).toBeGreaterThanOrEqual(
    made.client + made.hand - (result.client.deadline_exceeded ?? 0),
  );
});
