// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The one entry of the image: `lab <process> [arguments of the process]`.

import { processes } from "./processes.ts";

const [name = ""] = process.argv.splice(2, 1);
const run = Object.entries(processes).find(([known]) => known === name)?.[1];
if (run) {
  await run();
} else {
  const known = Object.keys(processes).join(", ");
  console.error(`Unknown process '${name}': must be one of ${known}`);
  process.exitCode = 1;
}
