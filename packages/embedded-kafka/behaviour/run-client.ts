// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Runs a client's program to its end and gives what it printed; rejects with what it complained. */
export async function runClient(
  program: string,
  args: readonly string[],
  { input = "", timeoutMs = 50_000 }: { input?: string; timeoutMs?: number } = {},
): Promise<string> {
  const child = spawn(program, args, { timeout: timeoutMs, killSignal: "SIGKILL" });
  const ended = new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(`${signal ?? code}`));
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [end, out, complaints] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (end !== "0") throw new Error(`${program} ended with ${end}:\n${complaints}\n${out}`);
  return out;
}
