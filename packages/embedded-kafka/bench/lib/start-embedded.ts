// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BenchBroker } from "./bench-broker.ts";
import { builtFile } from "./built-cli.ts";

/** Starts the command of the package, with its data on disk unless it is to be in memory. */
export async function startEmbedded({ inMemory = false } = {}): Promise<BenchBroker> {
  const cli = builtFile("cli.js");
  const folder = inMemory ? undefined : mkdtempSync(join(tmpdir(), "embedded-kafka-bench-"));
  let child: ChildProcess | undefined;
  let port = 0;

  const end = async (signal: NodeJS.Signals) => {
    if (!child) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    child = undefined;
  };
  const broker: BenchBroker = {
    name: inMemory ? "embedded, in memory" : "embedded",
    get port() {
      return port;
    },
    get pid() {
      return child?.pid;
    },
    async start() {
      const data = folder ? ["--data", folder] : [];
      const started = spawn(process.execPath, [cli, "--port", `${port}`, ...data], {
        // It ends with this process, by the end of the channel.
        stdio: ["ignore", "pipe", "inherit", "ipc"],
      });
      child = started;
      const lines = createInterface(started.stdout as NonNullable<typeof started.stdout>);
      const failed = once(started, "exit").then(([code]) => {
        throw new Error(`Cannot start the embedded broker: it ended with ${code}`);
      });
      failed.catch(() => {});
      const [line] = (await Promise.race([once(lines, "line"), failed])) as [string];
      port = Number(line.split(":").at(-1));
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      if (folder) rmSync(folder, { recursive: true });
    },
  };
  await broker.start();
  return broker;
}
