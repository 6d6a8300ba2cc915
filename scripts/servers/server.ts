// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** What a test or a developer says about a server; every kind takes these. */
export interface StartOptions {
  /** Default: a free one. */
  readonly port?: number;
  /**
   * Where the server keeps its data, for good. Default: a folder in the system's temporary one,
   * removed with the server or when this process ends, however it ends.
   */
  readonly folder?: string;
}

/** Where a server runs. */
export interface Place {
  /** Absolute path of its folder. */
  readonly folder: string;
  /** One for each of the kind's ports; the first is what clients connect to. */
  readonly ports: readonly [number, ...number[]];
  /** What it printed since it was last started. */
  log(): string;
}

/** How one kind of server is run. */
export interface ServerKind<Options extends StartOptions = StartOptions> {
  /** What it is, for people. */
  readonly title: string;
  /** Its port where nothing else has taken that. */
  readonly wellKnownPort: number;
  /** Its ports beside the first: what the options name, undefined for any free one. Default: none. */
  otherPorts?(options: Options): readonly (number | undefined)[];
  /** Ends it in good order. */
  readonly stopSignal: "SIGTERM" | "SIGINT" | "SIGKILL";
  /** Programs that must be installed. */
  programs(options: Options): readonly string[];
  /** The user to run as, if it refuses this process's. */
  user?(): { uid: number; gid: number } | undefined;
  /** Makes its data, once in the life of a folder. */
  prepare?(place: Place, options: Options): Promise<void>;
  /** The command that runs it in the foreground; called at every start. */
  command(place: Place, options: Options): readonly [program: string, ...args: string[]];
  /** Whether it takes requests. */
  isReady(place: Place): Promise<boolean>;
  /** What tests and the lab find it by. */
  variables(place: Place): Record<string, string>;
}

/** A server that runs, or ran and can be started again. */
export interface Server {
  readonly name: string;
  /** On 127.0.0.1; the same over its life. */
  readonly port: number;
  /** All that it listens on, `port` first, in the order that its kind says. */
  readonly ports: readonly number[];
  /** Variables that name it, such as `POSTGRES_URL`. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Of its present process; undefined while there is none. */
  readonly pid: number | undefined;
  /** What it printed since it was last started. */
  log(): string;
  /** Starts it again, on the port and data that it had, and waits until it is ready. */
  start(): Promise<void>;
  /** Ends it in good order. The data stays. */
  stop(): Promise<void>;
  /** Ends all of its processes by SIGKILL. The data stays. */
  kill(): Promise<void>;
  /** Stops its processes where they are: connections stay open, and nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Kills it and removes the data, unless its folder was named by the caller. */
  remove(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
