// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { install } from "./install/install.ts";
import { type ServerName, serverKinds } from "./kinds.ts";
import { exportLines, labVariables } from "./lab-variables.ts";
import { findPort } from "./ports.ts";
import type { Server } from "./server.ts";
import { startServer } from "./start-server.ts";

const usage = `Real servers for the lab and its integration tests.

npm run servers                          starts what the lab needs, until Ctrl-C
npm run servers -- start [name...]       some of: ${Object.keys(serverKinds).join(", ")}
npm run servers -- install [name...]     installs what is missing, and starts nothing

  --data <folder>    keeps what the servers store (default: gone when they stop)
  --help             shows this text`;

/** What the lab stores things in. */
const labServers: ServerName[] = ["kafka", "postgres", "mongo", "redis", "s3"];

/** Watches a lab that runs from source. */
const prometheusConfig = new URL("../../deploy/prometheus/from-source.yml", import.meta.url);

try {
  const { values, positionals } = readArguments();
  const [command = "start", ...names] = positionals;
  if (values.help) console.log(usage);
  else if (command === "install") await runInstall(names);
  else if (command === "start") await runStart(names, values.data);
  else throw new Error(`Cannot run '${command}': the commands are start and install`);
} catch (error) {
  console.error(`servers: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { data: { type: "string" }, help: { type: "boolean" } },
    });
  } catch (error) {
    // Node.js goes on with advice on arguments that begin with a dash, over several lines for some.
    const [problem] = (error as Error).message.split(/\. |\n/);
    throw new Error(`${problem}: the options are --data <folder> and --help`);
  }
}

async function runInstall(names: readonly string[]): Promise<void> {
  const wanted = names.flatMap((name) => (isServerName(name) ? programsFor(name) : [name]));
  const errors = await install(wanted, (line) => console.log(`servers: ${line}`));
  if (errors.length > 0) process.exitCode = 1;
  else console.log("servers: all that was asked for is installed");
}

async function runStart(names: readonly string[], folder: string | undefined): Promise<void> {
  const wanted = names.length > 0 ? names.map(toServerName) : labServers;
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve());
  });
  // Servers do not keep this process alive.
  const alive = setInterval(() => {}, 60_000);
  const servers = await startAll(wanted, folder);
  console.log(describe(servers, folder));
  await interrupted;
  clearInterval(alive);
  await removeAll(servers);
}

/** Starts all or none. */
async function startAll(
  wanted: readonly ServerName[],
  folder: string | undefined,
): Promise<Server[]> {
  const starts = await Promise.allSettled(
    wanted.map(async (name) => {
      const port = await findPort(serverKinds[name].wellKnownPort);
      return startServer(name, {
        port,
        ...(folder && { folder: join(folder, name) }),
        ...(name === "prometheus" && { configFile: fileURLToPath(prometheusConfig) }),
      });
    }),
  );
  const servers = starts.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const failed = starts.find((start) => start.status === "rejected");
  if (!failed) return servers;
  await removeAll(servers);
  throw failed.reason;
}

async function removeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => server.remove()));
}

function describe(servers: readonly Server[], folder: string | undefined): string {
  const env = Object.assign({}, ...servers.map((server) => server.env));
  const hasAll = labServers.every((name) => servers.some((server) => server.name === name));
  return [
    ...servers.map(({ name, port }) => {
      return `servers: ${name} on 127.0.0.1:${port} (${serverKinds[name as ServerName].title})`;
    }),
    folder
      ? `servers: what they store stays in '${folder}'`
      : "servers: what they store is gone when they stop (--data <folder> keeps it)",
    `servers: for ${hasAll ? "'npm start -- --real' in " : ""}another shell, until Ctrl-C here:\n`,
    exportLines(labVariables(env)),
  ].join("\n");
}

function programsFor(name: ServerName): readonly string[] {
  return serverKinds[name].programs({});
}

function toServerName(name: string): ServerName {
  if (isServerName(name)) return name;
  const known = Object.keys(serverKinds).join(", ");
  throw new Error(`Cannot start '${name}': there are ${known}`);
}

function isServerName(name: string): name is ServerName {
  return Object.hasOwn(serverKinds, name);
}
