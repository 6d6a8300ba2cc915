// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// A day of calls in minutes: all kinds over all protocols, with faults. What it measures is
// otelkit's own: whether memory stays flat, calls end, and series stay bounded.
// node --conditions=@labwire/source packages/otelkit/soak/main.ts --calls 1000000

import { parseArgs } from "node:util";
import { runSoak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "1000000" },
    concurrency: { type: "string", default: "64" },
  },
});
const started = performance.now();
const result = await runSoak({
  calls: Number(values.calls),
  concurrency: Number(values.concurrency),
  progress({ calls, heapBytes, series }) {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    const heap = (heapBytes / 1024 / 1024).toFixed(1);
    console.log(`${seconds} s: ${calls} calls, heap ${heap} MiB, ${series} lines of metrics`);
  },
});
console.log({ ...result, wrong: result.wrong.slice(0, 10), wrongCount: result.wrong.length });
