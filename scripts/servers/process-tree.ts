// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

interface ListedProcess {
  pid: number;
  parent: number;
  /** Ended, and waits for its parent to ask how. */
  isZombie: boolean;
}

/** Sends a signal to a process and to all below it, which may have left its process group. */
export async function signalTree(root: number, signal: NodeJS.Signals): Promise<number[]> {
  const tree = below(root, await listProcesses());
  for (const pid of tree) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself.
    }
  }
  return tree;
}

/** Resolves when none of the processes is left, or after a second. */
export async function waitForEnd(pids: readonly number[]): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const left = (await listProcesses()).filter(({ pid, isZombie }) => {
      return pids.includes(pid) && !isZombie;
    });
    if (left.length === 0) return;
    await delay(20);
  }
}

/**
 * Resolves when every thread of the processes has stopped, or after a second: a busy machine
 * delivers SIGSTOP some time after it was sent. Where there is no /proc it resolves at once.
 */
export async function waitForPause(pids: readonly number[]): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (pids.flatMap(threadStates).every((state) => state === "T")) return;
    await delay(20);
  }
}

function threadStates(pid: number): string[] {
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((thread) => {
    try {
      // The name before the state is in brackets, and may have such in it.
      const stat = readFileSync(`${folder}/${thread}/stat`, "utf8");
      return stat.charAt(stat.lastIndexOf(")") + 2);
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

function below(root: number, processes: readonly ListedProcess[]): number[] {
  const children = processes.filter(({ parent }) => parent === root);
  return [root, ...children.flatMap(({ pid }) => below(pid, processes))];
}

async function listProcesses(): Promise<ListedProcess[]> {
  const { stdout } = await execute("ps", ["-A", "-o", "pid=,ppid=,stat="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, status]) => ({
      pid: Number(pid),
      parent: Number(parent),
      isZombie: status?.startsWith("Z") ?? false,
    }));
}
