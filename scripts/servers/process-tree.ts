// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
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
