// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { EmbeddedKafkaError } from "../embedded-kafka-error.ts";

const attempts = 5;

/**
 * Takes a lock that only this process holds, and returns what releases it. The lock of a process
 * that is gone is taken over.
 *
 * @throws {EmbeddedKafkaError} with code `data_locked` when a living process holds it
 */
export function takeLock(path: string): () => void {
  const mine = `${process.pid} ${startTimeOf(process.pid)}\n`;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (create(path, mine)) {
      return () => {
        if (read(path) === mine) rmSync(path, { force: true });
      };
    }
    const owner = read(path);
    if (owner === undefined) continue; // Released in between.
    const pid = Number.parseInt(owner, 10);
    if (isHeldBy(pid, owner)) throw lockedError(path, `the broker of process ${pid} uses it`);
    discard(path, owner);
  }
  throw lockedError(path, "other brokers start on it too");
}

/** Makes the file with its content, at once, unless it is there. */
function create(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the lock of a dead process, and not the one that another process took in its place. */
function discard(path: string, stale: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    if (read(aside) !== stale) linkSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isHeldBy(pid: number, owner: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and is another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // Process ids are used again, in containers always: the start time tells them apart.
  const [, startTime = ""] = owner.trimEnd().split(" ");
  return startTime === "" || startTime === startTimeOf(pid);
}

/** Clock ticks from the machine's start to the process's, where /proc tells; else "". */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 22 of proc(5). The second field may hold spaces and parentheses, so count after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function lockedError(path: string, reason: string): EmbeddedKafkaError {
  return new EmbeddedKafkaError(`Cannot take the lock '${path}': ${reason}`, {
    code: "data_locked",
  });
}
