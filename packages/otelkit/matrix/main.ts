// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Runs the matrix without a test framework, so that it is the same on every runtime. Prints the
// cells that fail, and the counts as JSON. An argument is a part of the names of the cells to run.

import { listCells } from "./cells.ts";
import type { Layers } from "./instrumentation.ts";
import { runCell } from "./run-cell.ts";

/** Most of a cell's time is spent waiting. */
const concurrency = 4;

const layersOfAll: readonly Layers[] = ["both", "routes", "interceptors"];
const [wanted = ""] = process.argv.slice(2);
const counts = { passed: 0, failed: 0 };
const todo = layersOfAll.flatMap((layers) =>
  listCells().cells.map((cell) => ({
    name: `${cell.outcome.name}: ${cell.wire.name}, ${cell.kind}, measured by ${layers}`,
    run: () => runCell(cell, layers),
  })),
);
const iterator = todo.filter(({ name }) => name.includes(wanted)).values();

// connect-node tells there of every connection that breaks under a handler.
console.error = () => {};
await Promise.all(Array.from({ length: concurrency }, runNext));
console.log(JSON.stringify(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;

async function runNext(): Promise<void> {
  // One iterator for all, so that each cell is taken once.
  for (const { name, run } of iterator) {
    try {
      await run();
      counts.passed += 1;
    } catch (error) {
      counts.failed += 1;
      console.log(`not ok - ${name}\n${error instanceof Error ? error.message : error}`);
    }
  }
}
