// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Client } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { parseAddress } from "../kit/address.ts";
import { createRpcTransport } from "../kit/rpc/rpc-client.ts";

export interface Started {
  readonly child: ChildProcess;
  /** Lines of standard output and error, as they come. */
  readonly output: string[];
  /** Resolves at the first line that matches, with what its group caught. */
  line(pattern: RegExp): Promise<string>;
  readonly exit: Promise<{ code: number | null; signal: string | null; trace: string[] }>;
}

/** Runs a module of this folder as production does. */
export function start(module: string, env: Record<string, string>, args: string[] = []): Started {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const flags = ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, path, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));

  const output: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      output.push(line);
      for (const listener of listeners) listener(line);
    });
  }
  const exit = once(child, "close").then(([code, signal]) => ({
    code,
    signal,
    trace: output.filter((line) => /^\s+at /.test(line)),
  }));

  const line = async (pattern: RegExp): Promise<string> => {
    const found = new Promise<string>((resolve) => {
      const look = (text: string) => {
        const match = pattern.exec(text);
        if (match !== null) resolve(match[1] ?? match[0]);
      };
      listeners.add(look);
      output.forEach(look);
    });
    const ended = exit.then(() => {
      throw new Error(`Ended without ${pattern}:\n${output.join("\n")}`);
    });
    return Promise.race([found, ended]);
  };
  return { child, output, line, exit };
}

/** Calls comment-api at an address that it has logged. */
export function clientOf(address: string): Client<typeof Comment> {
  return createClient(
    Comment,
    createRpcTransport({ address: parseAddress(address), timeoutMs: 5000 }),
  );
}
