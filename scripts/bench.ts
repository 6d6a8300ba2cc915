// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Runs every bench of the packages and examples, or of those named, one after the other: `npm run bench -- otelkit`.

import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const names = process.argv.slice(2);
const files = globSync("{packages,examples}/*/bench/*.bench.ts")
  .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
  .sort();
if (files.length === 0) {
  console.error(`No bench has a path with ${names.map((name) => `'${name}'`).join(" or ")}`);
  process.exitCode = 1;
}

for (const file of files) {
  console.log(`\n${file}`);
  const { status } = spawnSync("node", ["--conditions=@labwire/source", "--expose-gc", file], {
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
