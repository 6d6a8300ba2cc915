// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";

// Reads the pid of the server's present process, one a line, until the other end of the pipe is
// closed, which also the death of the process that holds it does.
const script = `
while read -r line; do pid=$line; done
if [ "$pid" -gt 0 ]; then
  if [ "$1" = KILL ]; then pkill -KILL -P "$pid"; kill -CONT "$pid"; fi
  kill -"$1" "$pid"
fi
if [ -n "$2" ]; then
  for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$2" && break; sleep 0.2; done
fi
`;

/**
 * Watches over a server from a process of its own: when this process is gone, even by SIGKILL,
 * the server is ended and its folder removed.
 */
export class Guard {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<void>;

  /** `temporaryFolder` is removed at the end; without one the server ends in good order. */
  constructor({
    stopSignal,
    temporaryFolder,
  }: { stopSignal: string; temporaryFolder: string | undefined }) {
    const signal = temporaryFolder ? "KILL" : stopSignal.replace("SIG", "");
    // A group of its own: Ctrl-C is for this process, which then ends its servers.
    this.#shell = spawn("sh", ["-c", script, "labwire-guard", signal, temporaryFolder ?? ""], {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#ended = new Promise((resolve) => this.#shell.once("close", () => resolve()));
    this.#shell.unref();
    this.#shell.stdin?.on("error", () => {});
    (this.#shell.stdin as { unref?(): void } | null)?.unref?.();
  }

  /** Names the server's present process; 0 when it has none. */
  watch(pid: number): void {
    this.#shell.stdin?.write(`${pid}\n`);
  }

  /** Ends the server, if it runs, and removes its folder. */
  async close(): Promise<void> {
    this.#shell.ref();
    this.#shell.stdin?.end();
    await this.#ended;
  }
}
