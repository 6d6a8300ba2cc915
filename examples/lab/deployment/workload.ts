// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Something that a deployment starts, whatever the file format that says so. */
export interface Workload {
  /** For messages: `compose.yaml: comment-api`. */
  readonly where: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Ports of the container that are named or published, by name or number. */
  readonly ports: ReadonlyMap<string, number>;
  readonly probes: readonly Probe[];
  /** How long it may take to stop before it is killed; undefined where the engine's default holds. */
  readonly stopMs: number | undefined;
  readonly memoryBytes: number | undefined;
  /** It does its work and ends. */
  readonly isJob: boolean;
}

/** How an engine asks whether the container works. */
export type Probe =
  | { readonly kind: "command"; readonly command: readonly string[] }
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  | { readonly kind: "tcp"; readonly port: number };

/** A whole system: what runs, and who answers at which name. */
export interface Deployment {
  readonly workloads: readonly Workload[];
  /** The workload, and its container's port, that `host:port` reaches; undefined when none does. */
  endpoint(host: string, port: number): Endpoint | undefined;
}

export interface Endpoint {
  readonly workload: Workload;
  readonly port: number;
}

/** Reads `192m`, `1g`, `192Mi` or `1Gi`. */
export function parseBytes(text: string): number {
  const [, amount, unit = ""] = /^(\d+)([kmg]?)i?b?$/i.exec(text) ?? [];
  if (amount === undefined) throw new Error(`Cannot read '${text}' as a size`);
  return Number(amount) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
}
