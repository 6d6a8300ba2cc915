// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Everything that CI gates on beside the tests, in one command.

import { spawnSync } from "node:child_process";

const steps = [
  { name: "biome", command: "biome", args: ["check", "--error-on-warnings"] },
  { name: "types", command: "tsc", args: ["--noEmit"] },
  { name: "buf lint", command: "buf", args: ["lint"] },
  { name: "generated code", command: "node", args: ["scripts/generate.ts", "--check"] },
];

for (const { name, command, args } of steps) {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) {
    console.error(`check: ${name} failed${error ? `: ${error.message}` : ""}`);
    process.exit(1);
  }
  console.log(`check: ${name} ok (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
