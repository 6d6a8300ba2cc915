// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Runs the whole lab on this machine: `npm start`.

import { resolve } from "node:path";
import { readConfig } from "../kit/config.ts";
import { exitOnConfigError } from "../kit/run-process.ts";
import { launcherVariables } from "./config.ts";
import { freePorts, wellKnownPorts } from "./ports.ts";
import { startLab } from "./start-lab.ts";

const config = exitOnConfigError(() =>
  readConfig(launcherVariables, { env: process.env, argv: process.argv.slice(2) }),
);
const dataDir = resolve(config.LAB_DATA_DIR);

const asked = new AbortController();
// The terminal and npm may each send the signal: the second one changes nothing.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => asked.abort());
}

try {
  const ports = config.LAB_PORTS === "free" ? await freePorts() : wellKnownPorts;
  await startLab({ dataDir, ports, signal: asked.signal });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
