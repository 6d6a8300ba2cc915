// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export interface SpawnMainOptions {
  /** The whole environment: kafkajs is another under this process's own NODE_ENV=test. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node's own flags, beside those that sources need. */
  readonly flags?: readonly string[];
  /** Hears every line as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface SpawnedMain {
  readonly child: ChildProcess;
  /** What it has logged so far. */
  readonly log: readonly string[];
  /** Resolves to the exit code and the signal that it died of. */
  readonly exited: Promise<unknown[]>;
  /** The match of the first line that fits, of those that it has logged and will log. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a `main.ts` as production does; it ends with the test. */
export function spawnMain(main: URL, options: SpawnMainOptions): SpawnedMain {
  const { env, flags = [], onLine = () => {} } = options;
  const ours = ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...ours, ...flags, fileURLToPath(main)], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });

  const log: string[] = [];
  const output = createInterface({ input: child.stdout }).on("line", (line) => {
    log.push(line);
    onLine(line);
  });
  const endedEarly = exited.then(() => {
    throw new Error(`Ended early:\n${log.join("\n")}`);
  });
  endedEarly.catch(() => {});

  return {
    child,
    log,
    exited,
    line: async (pattern) => {
      for (;;) {
        for (const line of log) {
          const match = pattern.exec(line);
          if (match !== null) return match;
        }
        await Promise.race([once(output, "line"), endedEarly]);
      }
    },
  };
}
