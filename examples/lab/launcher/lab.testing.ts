// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLines } from "./read-lines.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const sample = new URL("../fixtures/sample.mp4", import.meta.url);

/** A lab that a test started, as `npm start` does, on free ports. */
export interface RunningLab {
  readonly lines: readonly string[];
  /** Base URL of a listener, such as `url("video-gateway", "HTTP")`. */
  url(process: string, listener: string): string;
  readonly launcherPid: number;
  /** The pid of the process now. */
  pid(process: string): number;
  /** Resolves with the first line from now on that the pattern matches. */
  line(pattern: RegExp): Promise<string>;
  /** Sends the signal to the launcher and resolves with its exit code, or the signal it died of. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface RunLabOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** On the servers that the environment names, as `npm start -- --real` does. Default false. */
  readonly real?: boolean;
}

/** Starts the lab and resolves when it says that it is ready. */
export async function runLab(options: RunLabOptions): Promise<RunningLab> {
  const lab = startLauncher(options);
  await lab.line(/^Ctrl-C stops it/);
  return lab;
}

/** Starts the launcher, without waiting. */
function startLauncher({ dataDir, env = {}, real = false }: RunLabOptions): RunningLab {
  const nodeArgs = ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"];
  const launcher: ChildProcess = spawn(
    process.execPath,
    [...nodeArgs, main, ...(real ? ["--real"] : [])],
    {
      env: { ...process.env, LAB_DATA_DIR: dataDir, LAB_PORTS: "free", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  const onLine = (line: string) => {
    lines.push(line);
    for (const waiter of waiting) waiter(line);
  };
  if (launcher.stdout) readLines(launcher.stdout, onLine);
  if (launcher.stderr) readLines(launcher.stderr, onLine);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    launcher.once("close", (code, signal) => resolve(code ?? signal ?? 0));
  });

  return {
    lines,
    launcherPid: launcher.pid ?? 0,
    url: (name, listener) => {
      const row = lines.find((line) => line.startsWith(`  ${name} `)) ?? "";
      const [, address] = new RegExp(`${listener} (\\S+)`).exec(row) ?? [];
      if (address === undefined) throw new Error(`Cannot find ${listener} of ${name} in '${row}'`);
      return `http://${address}`;
    },
    pid: (name) => {
      const started = lines.findLast(
        (line) => line.startsWith(`${name} `) && line.includes("started, pid"),
      );
      return Number(started?.split("pid ")[1]);
    },
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const waiter = (line: string) => {
          if (!pattern.test(line)) return;
          waiting.delete(waiter);
          resolve(line);
        };
        waiting.add(waiter);
        ended.then((code) => reject(new Error(`The lab ended with ${code}:\n${lines.join("\n")}`)));
      }),
    stop: (signal = "SIGINT") => {
      launcher.kill(signal);
      return ended;
    },
  };
}

/** A folder for a lab's data; `remove` deletes it. */
export function temporaryDataDir() {
  const path = mkdtempSync(join(tmpdir(), "lab-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Uploads the sample video and answers its id. */
export async function uploadSample(lab: RunningLab): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([readFileSync(sample)]), "sample.mp4");
  const response = await fetch(`${lab.url("video-gateway", "HTTP")}/v1/videos`, {
    method: "POST",
    body: form,
  });
  if (!response.ok) throw new Error(`Upload answered ${response.status}: ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  return id;
}

/** The JSON of a GET. */
export async function getJson(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}
