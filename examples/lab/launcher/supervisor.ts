// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LabProcess } from "./processes.ts";
import { readLines } from "./read-lines.ts";

export interface SupervisorOptions {
  /** A line that a process printed, or that is about it. */
  readonly onLine: (name: string, line: string) => void;
  /** A process keeps dying: nothing can go on without it. */
  readonly onGiveUp: (name: string, reason: string) => void;
  /** Node's own flags for every process. */
  readonly nodeArgs: readonly string[];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Pause before the first restart; it doubles with every death. Default 200. */
  readonly firstPauseMs?: number;
  /**
   * Deaths within a minute that are taken for a lasting fault. Default 5: waiting longer would only
   * hide the reason.
   */
  readonly maxDeaths?: number;
}

export interface SupervisedProcess {
  readonly name: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Resolves when the process has said that it is ready, for the first time. */
  readonly ready: Promise<void>;
  /** SIGTERM, and SIGKILL for one that is still there after the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

const deathWindowMs = 60_000;

const tellsAnError = /^\S.*error/i;
const logPrefix = /^\d{4}-\S+Z \w+ +/;

/** Starts the process, and starts it again with backoff whenever it dies. */
export function supervise(spec: LabProcess, options: SupervisorOptions): SupervisedProcess {
  const { onLine, onGiveUp, firstPauseMs = 200, maxDeaths = 5 } = options;
  const { name } = spec;
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  let child: ChildProcess;
  const over = keepRunning();

  async function keepRunning(): Promise<void> {
    const deaths: number[] = [];
    while (!stopping.signal.aborted) {
      const run = startProcess(spec, options);
      child = run.child;
      onLine(name, `started, pid ${child.pid}`);
      child.once("message", () => ready.resolve());
      const reason = await run.ended;
      if (stopping.signal.aborted) return;

      deaths.push(performance.now());
      const recent = deaths.filter((time) => performance.now() - time < deathWindowMs).length;
      if (recent >= maxDeaths) return onGiveUp(name, `it died ${recent} times: ${reason}`);
      const pauseMs = firstPauseMs * 2 ** (recent - 1);
      onLine(name, `died (${reason}), starts again in ${pauseMs} ms`);
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    name,
    get pid() {
      return child.pid ?? 0;
    },
    ready: ready.promise,
    stop: async (deadlineMs) => {
      stopping.abort();
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
      await over;
      clearTimeout(kill);
    },
  };
}

/**
 * Runs the process once; throws with its last words when it fails. The signal ends it by SIGTERM,
 * which is no failure.
 */
export async function runOnce(
  spec: LabProcess,
  options: SupervisorOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  if (signal.aborted) return;
  const { child, ended } = startProcess(spec, options);
  const stop = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  const reason = await ended;
  signal.removeEventListener("abort", stop);
  if (child.exitCode === 0 || signal.aborted) return;
  throw new Error(`Cannot run ${spec.name}: ${reason}`);
}

function startProcess(
  { name, module, args = [], env = {} }: LabProcess,
  options: SupervisorOptions,
) {
  const child = spawn(process.execPath, [...options.nodeArgs, fileURLToPath(module), ...args], {
    env: { ...process.env, ...options.env, ...env },
    // A group of its own: Ctrl-C reaches the launcher alone, which stops the others in order. The
    // IPC channel tells a process when the launcher is gone.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let lastLine = "";
  let lastError = "";
  const onLine = (line: string) => {
    lastLine = line;
    // Node.js puts a stack and its own version after what went wrong.
    if (tellsAnError.test(line)) lastError = line;
    options.onLine(name, line);
  };
  if (child.stdout) readLines(child.stdout, onLine);
  if (child.stderr) readLines(child.stderr, onLine);

  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      // Whoever was killed had no time to say why.
      const lastWords = (lastError || lastLine).replace(logPrefix, "");
      resolve(signal ?? [`exit code ${code}`, lastWords].filter(Boolean).join(": "));
    });
  });
  return { child, ended };
}
