// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Address } from "../kit/address.ts";
import { parseAddress } from "../kit/address.ts";
import { readConfig } from "../kit/config.ts";
import { objectFolder } from "../video/objects/objects.open.ts";
import { processVariables } from "./process-variables.ts";
import type { Workload } from "./workload.ts";

/** A workload of the lab's own image, as its process reads it. */
export interface LabProcess {
  readonly name: keyof typeof processVariables;
  readonly config: Readonly<Record<string, unknown>>;
  /** Ports that it listens on, by the variable that says so. */
  readonly listens: ReadonlyMap<string, number>;
}

const listeners = ["GRPC_ADDR", "HTTP_ADDR", "METER_ADDR"];

export function isLabImage(image: string): boolean {
  return /(^|\/)labwire\/lab(:|@|$)/.test(image);
}

/**
 * Reads a workload's command and environment with the very code of its process.
 *
 * @throws an error that names the variable, the argument or the process that is wrong.
 */
export function readLabProcess({ command, env }: Workload): LabProcess {
  const [name = "", ...flags] = command;
  if (!isProcess(name)) throw new Error(`the image has no process '${name}'`);
  const variables = processVariables[name];
  for (const variable of Object.keys(env)) {
    if (!Object.hasOwn(variables, variable)) throw new Error(`${name} reads no ${variable}`);
  }
  const argv = name === "comment-migration" ? flags.slice(1) : flags;
  const config: Record<string, unknown> = readConfig(variables, { env, argv });
  const listens = new Map(
    listeners.flatMap((variable) => {
      const address = config[variable] as Address | undefined;
      return address === undefined || !isServed(variable, config) ? [] : [[variable, address.port]];
    }),
  );
  return { name, config, listens };
}

/** The same, or undefined where `readLabProcess` throws: what is wrong is named once, by another. */
export function labProcessOf(workload: Workload): LabProcess | undefined {
  try {
    return readLabProcess(workload);
  } catch {
    return undefined;
  }
}

function isProcess(name: string): name is keyof typeof processVariables {
  return Object.hasOwn(processVariables, name);
}

/** video-api serves HTTP only where objects are in a folder. */
function isServed(variable: string, config: Readonly<Record<string, unknown>>): boolean {
  const { MINIO_ENDPOINT, MINIO_BUCKET } = config;
  if (variable !== "HTTP_ADDR" || typeof MINIO_ENDPOINT !== "string") return true;
  return objectFolder({ MINIO_ENDPOINT, MINIO_BUCKET: String(MINIO_BUCKET) }) !== undefined;
}

/** Whom a process calls: every variable that names another server, and the address that it names. */
export function calledBy({ env }: Workload): { variable: string; address: Address }[] {
  return Object.entries(env)
    .filter(([variable, value]) => value !== "" && isOutward(variable))
    .flatMap(([variable, value]) =>
      value.split(",").map((one) => ({ variable, address: addressOf(one) })),
    );
}

function isOutward(variable: string): boolean {
  if (listeners.includes(variable) || variable === "OBJECTS_PUBLIC_URL") return false;
  return /_(ADDRS?|URL|ENDPOINT)$/.test(variable);
}

const defaultPorts: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "mongodb:": 27017,
  "postgres:": 5432,
  "postgresql:": 5432,
};

function addressOf(text: string): Address {
  if (!text.includes("://")) return parseAddress(text);
  const { protocol, hostname, port } = new URL(text);
  return { host: hostname, port: Number(port) || (defaultPorts[protocol] ?? 0) };
}
