// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lastOf, lineage, parseDockerfile } from "../deployment/dockerfile.ts";
import { processVariables } from "../deployment/process-variables.ts";
import { readCompose } from "../deployment/read-compose.ts";
import { freePort } from "../kit/free-port.ts";
import type { processes } from "./processes.ts";

const instructions = lineage(
  parseDockerfile(readFileSync("deploy/docker/Dockerfile", "utf8")),
  "lab",
);
const entrypoint: string[] = JSON.parse(lastOf(instructions, "ENTRYPOINT") ?? "[]");
const services = readCompose("compose.yaml").services;

// Many processes start at once, on a machine that may have two cores.
const readyDeadlineMs = 60_000;

/** A process as a container has it: the image's files and entry, and no environment but its own. */
export interface Container {
  readonly child: ChildProcess;
  readonly log: readonly string[];
  /** Its exit code, null when a signal killed it. */
  readonly ended: Promise<number | null>;
  /** Runs the health check in the container's environment; rejects when it fails. */
  healthcheck(path: string): Promise<void>;
  /** The most memory that it had at once, in bytes. */
  peakMemory(): number;
  /** Ends it with the signal and resolves as `ended`. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export type ProcessName = keyof typeof processes;
type Environment = Readonly<Record<string, string>>;

export function startContainer(
  folder: string,
  args: readonly string[],
  env: Environment,
): Container {
  const [, ...flags] = entrypoint;
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd: folder,
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => log.push(text));
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    log,
    ended,
    healthcheck: (path) =>
      new Promise((resolve, reject) => {
        const options = { cwd: folder, env: { ...env } };
        execFile(process.execPath, ["healthcheck.mjs", path], options, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    peakMemory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    stop: (signal = "SIGTERM") => {
      if (child.exitCode === null) child.kill(signal);
      return ended;
    },
  };
}

export interface ComposeOptions {
  /** The bundle. */
  readonly folder: string;
  /** What stands for `host:port` of compose.yaml. */
  readonly addresses: Environment;
  /** What stands for the values of variables, in each process that reads them. */
  readonly env?: Environment;
}

/**
 * Starts every process of the lab as compose.yaml describes it, its command and its environment,
 * but as processes of this machine, and resolves when all are ready.
 */
export async function startServices({ folder, addresses, env = {} }: ComposeOptions) {
  const own: Record<string, string> = { ...addresses };
  const names = Object.keys(processVariables) as ProcessName[];
  const ports = new Map<string, { grpc: number; http: number; meter: number }>();
  for (const name of names) {
    const listeners = { grpc: await freePort(), http: await freePort(), meter: await freePort() };
    ports.set(name, listeners);
    own[`${name}:8081`] = `127.0.0.1:${listeners.grpc}`;
  }
  const running = new Map<string, Container>();

  function start(name: ProcessName): Container {
    const service = services[name];
    const listeners = ports.get(name);
    if (service === undefined || listeners === undefined) throw new Error(`No service '${name}'`);
    const environment: Record<string, string> = {};
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      environment[variable] = replaceAddresses(value, own);
    }
    for (const variable of Object.keys(processVariables[name])) {
      if (env[variable] !== undefined) environment[variable] = env[variable];
    }
    const isGateway = name.endsWith("-gateway");
    return startContainer(folder, service.command ?? [], {
      ...environment,
      ...(name.endsWith("-api") && { GRPC_ADDR: `127.0.0.1:${listeners.grpc}` }),
      ...(isGateway && { HTTP_ADDR: `127.0.0.1:${listeners.http}` }),
      METER_ADDR: `127.0.0.1:${listeners.meter}`,
    });
  }

  async function stop(): Promise<Record<string, number | null>> {
    const codes = [...running].map(async ([name, container]) => [name, await container.stop()]);
    return Object.fromEntries(await Promise.all(codes));
  }

  try {
    const migration = start("comment-migration");
    if ((await migration.ended) !== 0)
      throw new Error(`The migration failed: ${migration.log.join("")}`);
    for (const name of names.filter((one) => one !== "comment-migration")) {
      running.set(name, start(name));
    }
    await Promise.all(
      [...running].map(([name, one]) => ready(name, ports.get(name)?.meter ?? 0, one)),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    container: (name: ProcessName) => {
      const container = running.get(name);
      if (container === undefined) throw new Error(`${name} does not run`);
      return container;
    },
    url: (gateway: ProcessName) => `http://127.0.0.1:${ports.get(gateway)?.http}`,
    running,
  };
}

function replaceAddresses(value: string, addresses: Environment): string {
  return Object.entries(addresses).reduce((text, [from, to]) => text.replaceAll(from, to), value);
}

/** Polls by itself, which is lighter than the health check, and then runs that once. */
async function ready(name: string, meterPort: number, container: Container): Promise<void> {
  let problem = "nothing answered";
  for (const deadline = performance.now() + readyDeadlineMs; ; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${meterPort}/readyz`).catch(() => undefined);
    if (answer?.ok) {
      const failure = await container.healthcheck("/readyz").catch((error: Error) => error);
      if (failure === undefined) return;
      problem = failure.message;
    } else if (answer) {
      problem = await answer.text();
    }
    if (performance.now() < deadline && container.child.exitCode === null) continue;
    throw new Error(`${name} is not ready: ${problem}\n${container.log.join("")}`);
  }
}

const sample = readFileSync("examples/lab/fixtures/sample.mp4");

/** Uploads a file as a browser does, and answers the video's id. */
export async function upload(gateway: string, file: Uint8Array = sample): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(file)]), "sample.mp4");
  const response = await fetch(`${gateway}/v1/videos`, { method: "POST", body: form });
  if (!response.ok) throw new Error(`Upload answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** Resolves to the video when its status is `success`. */
export async function success(gateway: string, id: string) {
  for (const deadline = performance.now() + readyDeadlineMs; ; ) {
    const response = await fetch(`${gateway}/v1/videos/${id}`);
    const video = (await response.json()) as {
      status: string;
      url: string;
      width: number;
      variants: Record<string, string>;
    };
    if (video.status === "success") return video;
    if (performance.now() > deadline) throw new Error(`Still ${JSON.stringify(video)}`);
    await sleep(50);
  }
}
