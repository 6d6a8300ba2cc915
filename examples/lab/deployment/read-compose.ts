// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as variable from "../kit/variables.ts";
import type { Deployment, Workload } from "./workload.ts";
import { parseBytes } from "./workload.ts";

/** A service of a compose file, as far as ours use the format. */
export interface ComposeService {
  readonly image: string;
  readonly build?: {
    readonly context: string;
    readonly dockerfile: string;
    readonly target: string;
  };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly mem_limit?: string;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** The files laid over each other, as `docker compose -f a -f b` does, with default values. */
export function readCompose(...paths: readonly string[]): ComposeFile {
  return paths.map((path) => parseCompose(readFileSync(path, "utf8"))).reduce(overlay);
}

export function parseCompose(text: string): ComposeFile {
  const interpolated = text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1").replaceAll("$$", "$");
  return parse(interpolated, { merge: true });
}

function overlay<T>(below: T, above: T): T {
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above] as T;
  if (!isMap(below) || !isMap(above)) return above;
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    merged[key] = key in below ? overlay(below[key], value) : value;
  }
  return merged as T;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a compose file starts. Services answer at their names, at the ports of their containers. */
export function composeDeployment({ services }: ComposeFile, where: string): Deployment {
  const workloads = Object.entries(services).map(([name, service]): Workload => {
    const { stop_grace_period: stop, mem_limit: memory, healthcheck } = service;
    return {
      where: `${where}: ${name}`,
      name,
      image: service.image,
      command: service.command ?? [],
      env: service.environment ?? {},
      ports: new Map((service.ports ?? []).map((port) => [port, containerPort(port)])),
      probes:
        (healthcheck?.test ?? []).length > 0 && !healthcheck?.disable
          ? [{ kind: "command", command: (healthcheck?.test ?? []).slice(1) }]
          : [],
      stopMs: stop === undefined ? undefined : variable.duration({ doc: "" }).parse(stop),
      memoryBytes: memory === undefined ? undefined : parseBytes(memory),
      isJob: service.restart === "no",
    };
  });
  return {
    workloads,
    // Inside, every port of a container can be reached, published or not.
    endpoint: (host, port) => {
      const workload = workloads.find(({ name }) => name === host);
      return workload && { workload, port };
    },
  };
}

/** `127.0.0.1:10080:8080` publishes 8080. */
function containerPort(published: string): number {
  return Number(published.split(":").at(-1));
}
