// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { isFree } from "../kit/free-port.ts";
import { banner } from "./banner.ts";
import { takeDataDir } from "./data-dir.ts";
import { embeddedServers } from "./lab-servers.embedded.ts";
import type { LabServers } from "./lab-servers.ts";
import type { LabPorts } from "./ports.ts";
import { createPrinter } from "./printer.ts";
import type { LabProcess } from "./processes.ts";
import { labProcesses, migration } from "./processes.ts";
import type { SupervisedProcess, SupervisorOptions } from "./supervisor.ts";
import { runOnce, supervise } from "./supervisor.ts";

export interface LabOptions {
  /** Absolute path of the folder that holds everything stored. It is made. */
  readonly dataDir: string;
  readonly ports: LabPorts;
  /** Servers that run already; absent for embedded ones in the folder. */
  readonly servers?: LabServers;
  /** Stops the lab. */
  readonly signal: AbortSignal;
}

// A service may take its GRACEFUL_TIMEOUT of 10 s, and must be seen to end after it.
const stopDeadlineMs = 12_000;

// Seven processes share a laptop with its editor: a small young generation, and no optimised code
// for the WebAssembly that strips types, take a third of each one's memory away.
export const nodeArgs = [
  "--conditions=@labwire/source",
  "--disable-warning=ExperimentalWarning",
  "--max-semi-space-size=1",
  "--liftoff-only",
];

/**
 * Runs the lab until the signal, then stops it in order.
 *
 * @throws an error whose message names the port and the process when a port is taken, the
 * folder when another lab uses it, and the process and its last words when one keeps dying.
 */
export async function startLab(options: LabOptions): Promise<void> {
  const { dataDir, ports } = options;
  const servers = options.servers ?? embeddedServers(dataDir, ports);
  await refuseTakenPorts(labProcesses(servers, ports));

  // Real servers sort out by themselves who shares them.
  const releaseDataDir = options.servers ? () => {} : takeDataDir(dataDir);
  try {
    await runLab(servers, options);
  } finally {
    releaseDataDir();
  }
}

async function runLab(servers: LabServers, options: LabOptions): Promise<void> {
  const { dataDir, ports, signal } = options;
  const processes = labProcesses(servers, ports);
  const over = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => {
    console.log("Stopping the lab");
    over.resolve();
  });
  const supervisor: SupervisorOptions = {
    nodeArgs,
    env: { NODE_COMPILE_CACHE: `${dataDir}/compile-cache` },
    onLine: createPrinter(processes.map((process) => process.name)),
    onGiveUp: (name, reason) =>
      over.reject(new Error(`Stopping the lab because of ${name}: ${reason}`)),
  };

  await runOnce(migration(servers), supervisor, signal);
  if (signal.aborted) return;
  const running: SupervisedProcess[] = [];
  try {
    for (const process of processes) running.push(supervise(process, supervisor));
    const allReady = Promise.all(running.map((process) => process.ready));
    allReady.then(() => console.log(banner(processes, ports, servers.where)));
    await over.promise;
  } finally {
    for (const process of running.reverse()) await process.stop(stopDeadlineMs);
  }
}

async function refuseTakenPorts(processes: readonly LabProcess[]): Promise<void> {
  for (const { name, ports = {} } of processes) {
    for (const [what, port] of Object.entries(ports)) {
      if (await isFree(port)) continue;
      throw new Error(
        `Cannot start ${name}: its ${what} port ${port} is taken (LAB_PORTS=free takes free ones)`,
      );
    }
  }
}
