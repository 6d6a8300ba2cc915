// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Runs the whole lab on this machine: `npm start`, or on servers that run already:
// `npm start -- --real`.

import { resolve } from "node:path";
import { readConfig } from "../kit/config.ts";
import { exitOnConfigError } from "../kit/run-process.ts";
import { launcherUsage, launcherVariables } from "./config.ts";
import { freePorts, wellKnownPorts } from "./ports.ts";
import { startLab } from "./start-lab.ts";

const flags = process.argv.slice(2);
const config = exitOnConfigError(() =>
  readConfig(launcherVariables, {
    env: process.env,
    argv: flags.filter((flag) => flag !== "--real"),
    usage: launcherUsage,
  }),
);
const servers = flags.includes("--real") ? await readRealServers() : undefined;
const dataDir = resolve(config.LAB_DATA_DIR);

const asked = new AbortController();
// The terminal and npm may each send the signal: the second one changes nothing.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => asked.abort());
}

try {
  const choosePorts = config.LAB_PORTS === "free" ? freePorts : wellKnownPorts;
  const ports = await choosePorts(config.LAB_STREAMS);
  await startLab({ dataDir, ports, signal: asked.signal, ...(servers && { servers }) });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function readRealServers() {
  // It knows the variables of all services, which the embedded lab has no use for.
  const { realServers } = await import("./lab-servers.real.ts");
  return exitOnConfigError(() => realServers(process.env));
}
