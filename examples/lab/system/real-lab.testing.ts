// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { realServers } from "../launcher/lab-servers.real.ts";
import { freePorts } from "../launcher/ports.ts";
import { labProcesses, migration } from "../launcher/processes.ts";
import { nodeArgs } from "../launcher/start-lab.ts";
import type { SupervisedProcess, SupervisorOptions } from "../launcher/supervisor.ts";
import { runOnce, supervise } from "../launcher/supervisor.ts";

/** A line that a process printed, or that its supervisor says about it. */
export interface LabLine {
  readonly name: string;
  readonly line: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The lab on real servers, on free ports, with a handle on each of its processes. */
export interface RealLab {
  readonly lines: readonly LabLine[];
  /** All processes, in the order of their start. */
  readonly names: readonly string[];
  /** Base URL of a listener, such as `url("video-gateway", "HTTP")`. */
  url(name: string, listener: string): string;
  /** The pid of the process now. */
  pid(name: string): number;
  /** SIGKILL. The supervisor starts it again. */
  kill(name: string): void;
  /** SIGTERM, or SIGKILL; resolves when it has ended. It stays away until `start`. */
  stop(name: string, signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Resolves when it is ready. */
  start(name: string): Promise<void>;
  /** Resolves when the process, or every one, says that it is ready; rejects after three minutes. */
  ready(name?: string): Promise<void>;
  /** Stops all, in order. */
  close(): Promise<void>;
}

export interface RealLabOptions {
  /** Where the servers are, and any variable of the services. */
  readonly env: Readonly<Record<string, string>>;
  /** Default 1. */
  readonly streams?: number;
}

const stopDeadlineMs = 12_000;
// On a busy machine Kafka alone may take a minute.
const readyDeadlineMs = 180_000;

/** Migrates, starts every service as `npm start -- --real` does, and resolves when all are ready. */
export async function startRealLab(options: RealLabOptions): Promise<RealLab> {
  const { env, streams = 1 } = options;
  const servers = realServers(env);
  const processes = labProcesses(servers, await freePorts(streams));
  const names = processes.map(({ name }) => name);
  const lines: LabLine[] = [];
  const running = new Map<string, SupervisedProcess>();
  const supervisor: SupervisorOptions = {
    nodeArgs,
    env: { ...env, NODE_COMPILE_CACHE: join(tmpdir(), "labwire-compile-cache") },
    onLine: (name, line) => void lines.push({ name, line, at: Date.now() }),
    onGiveUp: (name, reason) =>
      void lines.push({ name, line: `gave up: ${reason}`, at: Date.now() }),
    // Tests kill the same process many times, and wait for it.
    firstPauseMs: 1,
    maxDeaths: Number.POSITIVE_INFINITY,
  };

  function find(name: string) {
    const spec = processes.find((process) => process.name === name);
    if (spec === undefined) throw new Error(`Cannot find process '${name}' of the lab`);
    return spec;
  }

  function url(name: string, listener: string): string {
    const port = find(name).ports?.[listener];
    if (port === undefined) throw new Error(`Cannot find ${listener} of ${name}`);
    return `http://127.0.0.1:${port}`;
  }

  async function untilReady(name: string): Promise<void> {
    const deadline = performance.now() + readyDeadlineMs;
    for (;;) {
      const signal = AbortSignal.timeout(5000);
      const probe = fetch(`${url(name, "metrics")}/readyz`, { signal });
      const answer = await probe.catch(() => undefined);
      const body = await answer?.text().catch(() => "");
      if (answer?.ok) return;
      if (performance.now() > deadline) {
        const last = lines.filter((line) => line.name === name).slice(-5);
        const said = last.map(({ line }) => line).join("\n");
        throw new Error(
          `${name} is not ready after ${readyDeadlineMs / 1000} s: ${body ?? "no answer"}\n${said}`,
        );
      }
      await sleep(50);
    }
  }

  await runOnce(migration(servers), supervisor);
  for (const process of processes) running.set(process.name, supervise(process, supervisor));
  const lab: RealLab = {
    lines,
    names,
    url,
    pid: (name) => {
      const pid = running.get(name)?.pid;
      // 0 would be this process's own group, to whoever kills it.
      if (!pid) throw new Error(`Cannot tell the pid of ${name}: it does not run`);
      return pid;
    },
    kill: (name) => void process.kill(lab.pid(name), "SIGKILL"),
    stop: async (name, signal = "SIGTERM") => {
      if (signal === "SIGKILL") lab.kill(name);
      await running.get(name)?.stop(stopDeadlineMs);
      running.delete(name);
    },
    start: async (name) => {
      running.set(name, supervise(find(name), supervisor));
      await untilReady(name);
    },
    ready: async (name) => void (await Promise.all((name ? [name] : names).map(untilReady))),
    close: async () => {
      for (const process of [...running.values()].reverse()) await process.stop(stopDeadlineMs);
    },
  };
  try {
    await lab.ready();
  } catch (error) {
    await lab.close();
    throw error;
  }
  return lab;
}
