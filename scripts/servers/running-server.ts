// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, spawn } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Guard } from "./guard.ts";
import { findPort } from "./ports.ts";
import { signalTree, waitForEnd, waitForPause } from "./process-tree.ts";
import type { Place, Server, ServerKind, StartOptions } from "./server.ts";

/** Ample: the slowest takes two seconds on a quiet machine. */
const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

/** A server with its folder, its ports and the guard that outlives this process. */
export class RunningServer implements Server {
  readonly name: string;
  readonly folder: string;
  readonly #kind: ServerKind;
  readonly #options: StartOptions;
  readonly #place: Place;
  readonly #guard: Guard;
  #process: { child: ChildProcess; ended: Promise<void> } | undefined;
  #logStart = 0;

  static async create(
    name: string,
    kind: ServerKind,
    options: StartOptions,
  ): Promise<RunningServer> {
    const ports = [options.port ?? (await findPort())];
    for (const port of kind.otherPorts?.(options) ?? []) ports.push(port ?? (await findPort()));
    return new RunningServer(name, kind, options, ports as [number, ...number[]]);
  }

  private constructor(
    name: string,
    kind: ServerKind,
    options: StartOptions,
    ports: Place["ports"],
  ) {
    this.name = name;
    this.#kind = kind;
    this.#options = options;
    this.folder = options.folder
      ? resolve(options.folder)
      : mkdtempSync(join(tmpdir(), `labwire-${name}-`));
    mkdirSync(this.folder, { recursive: true });
    this.#place = { folder: this.folder, ports, log: () => this.log() };
    this.#guard = new Guard({
      stopSignal: kind.stopSignal,
      temporaryFolder: options.folder ? undefined : this.folder,
    });
  }

  get port(): number {
    return this.#place.ports[0];
  }

  get ports(): readonly number[] {
    return this.#place.ports;
  }

  get env(): Record<string, string> {
    return this.#kind.variables(this.#place);
  }

  get pid(): number | undefined {
    return this.#process?.child.pid;
  }

  log(): string {
    if (!existsSync(this.#logFile)) return "";
    return readFileSync(this.#logFile).subarray(this.#logStart).toString();
  }

  async start(): Promise<void> {
    if (this.#process) throw new Error(`Cannot start ${this.name}: it is running`);
    await this.#prepare();
    this.#spawn();
    const deadline = performance.now() + startTimeoutMs;
    while (!(await this.#kind.isReady(this.#place))) {
      if (!this.#process) throw this.#failure("it ended at once");
      if (performance.now() > deadline) {
        await this.kill();
        throw this.#failure(`it was not ready within ${startTimeoutMs} ms`);
      }
      await delay(20);
    }
    // Another server may have answered on the port that this one could not have.
    if (!this.#process) throw this.#failure("it ended at once");
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (!running) return;
    running.child.ref();
    running.child.kill(this.#kind.stopSignal);
    const inTime = await Promise.race([
      running.ended.then(() => true),
      delay(stopTimeoutMs, false, { ref: false }),
    ]);
    if (!inTime) await this.kill();
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (!running?.child.pid) return;
    running.child.ref();
    const pids = await signalTree(running.child.pid, "SIGKILL");
    await running.ended;
    if (pids.length > 1) await waitForEnd(pids);
  }

  async pause(): Promise<void> {
    await waitForPause(await this.#signal("SIGSTOP"));
  }

  async resume(): Promise<void> {
    await this.#signal("SIGCONT");
  }

  async remove(): Promise<void> {
    if (this.#options.folder) await this.stop();
    else await this.kill();
    await this.#guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  get #logFile(): string {
    return join(this.folder, "server.log");
  }

  async #prepare(): Promise<void> {
    const marker = join(this.folder, "prepared");
    if (existsSync(marker)) return;
    if (readdirSync(this.folder).length > 0) {
      throw new Error(
        `Cannot start ${this.name} in '${this.folder}': it holds something else, or what an interrupted start has left`,
      );
    }
    const user = this.#kind.user?.();
    if (user) chownSync(this.folder, user.uid, user.gid);
    await this.#kind.prepare?.(this.#place, this.#options);
    writeFileSync(marker, "");
  }

  #spawn(): void {
    this.#logStart = existsSync(this.#logFile) ? statSync(this.#logFile).size : 0;
    const log = openSync(this.#logFile, "a");
    const [program, ...args] = this.#kind.command(this.#place, this.#options);
    const child = spawn(program, args, {
      cwd: this.folder,
      // A group of its own: Ctrl-C is for this process, which then ends its servers.
      detached: true,
      env: { ...process.env, HOME: this.folder },
      stdio: ["ignore", log, log],
      ...this.#kind.user?.(),
    });
    closeSync(log);
    child.unref();
    const ended = new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      child.once("exit", () => resolve());
    }).then(() => {
      this.#process = undefined;
      this.#guard.watch(0);
    });
    this.#process = { child, ended };
    if (child.pid) this.#guard.watch(child.pid);
  }

  async #signal(signal: NodeJS.Signals): Promise<number[]> {
    if (!this.pid) throw new Error(`Cannot send ${signal} to ${this.name}: it is not running`);
    return signalTree(this.pid, signal);
  }

  #failure(what: string): Error {
    const lines = this.log().trimEnd().split("\n").slice(-15).join("\n");
    return new Error(`Cannot start ${this.name}: ${what}\n${lines}`);
  }
}
