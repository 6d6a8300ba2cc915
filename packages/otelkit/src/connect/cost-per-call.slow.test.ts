// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

interface Cost {
  promises: number;
  bytes: number;
}

// One thread, so that what is compiled when does not vary.
const flags = [
  "--single-threaded",
  "--expose-gc",
  "--min-semi-space-size=128",
  "--max-semi-space-size=128",
];

test("interceptors add no more promises and bytes than they may", async () => {
  const program = "packages/otelkit/bench/cost-per-call.ts";
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, "--conditions=@labwire/source", program],
    { timeout: 120_000 },
  );
  const costs: Record<string, Cost> = JSON.parse(stdout);
  const pass = costs.passThrough?.bytes ?? 0;
  const promises = Object.entries(costs).map(([name, cost]) => [name, cost.promises]);
  const tooMany = Object.entries(costs).filter(([name, { bytes }]) => bytes > allowed(name, pass));
  expect({ promises: Object.fromEntries(promises), tooMany }).toEqual({
    promises: {
      // A unary call costs what any interceptor costs that must see its end.
      passThrough: 2,
      serverStoreCall: 2,
      clientStoreCall: 2,
      serverSdkCall: 2,
      serverStoreMessage: 1,
      clientStoreMessage: 1,
      serverSdkMessage: 1,
    },
    tooMany: [],
  });
}, 150_000);

/** A tenth more than is measured on Node 24, beyond what any interceptor costs. */
function allowed(name: string, pass: number): number {
  if (name.endsWith("Message")) return 120;
  return pass + (name.includes("Sdk") ? 2300 : 600);
}
