// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";

export interface RunResult {
  /** True when the command exited with 0. */
  ok: boolean;
  /** Standard output alone. */
  stdout: string;
  /** Standard output and standard error, in the order in which they came. */
  output: string;
}

export interface RunOptions {
  /** Default: the root of the repo. */
  cwd?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
  /** The process is killed after so many milliseconds. Default: never. */
  timeoutMs?: number;
  /** Whom to run as. Default: this process's user. */
  user?: { uid: number; gid: number } | undefined;
}

/** Runs a command without a shell and collects what it prints. Rejects only if it cannot start. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs, user }: RunOptions = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd && { cwd }),
      ...(timeoutMs && { timeout: timeoutMs }),
      ...user,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", (cause) => reject(new Error(`Cannot run '${command}'`, { cause })));
    child.on("close", (status, signal) => {
      if (signal) output += `\n${command} was ended by ${signal}`;
      resolve({ ok: status === 0, stdout, output });
    });
  });
}
