// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import { EmbeddedKafkaError } from "../embedded-kafka-error.ts";

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
const isIndex: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isString: Check = (value) => typeof value === "string";
const isBoolean: Check = (value) => typeof value === "boolean";

/** What each option must be, for those who have no types. */
const checks: Readonly<Record<string, readonly [check: Check, what: string]>> = {
  api: [isString, "the name of an api"],
  error: [isString, "the name of an error"],
  handled: [isBoolean, "true or false"],
  ms: [(value) => Number.isFinite(value) && (value as number) >= 0, "a number from 0"],
  when: [(value) => value === "before" || value === "after", '"before" or "after"'],
  cut: [isBoolean, "true or false"],
  times: [isCount, "an integer from 1"],
  broker: [isIndex, "the id of a broker"],
  clientId: [isString, "a string"],
  topic: [isString, "a string"],
  group: [isString, "a string"],
  transactionalId: [isString, "a string"],
  matches: [(value) => typeof value === "function", "a function"],
  partition: [isIndex, "the number of a partition"],
  to: [isIndex, "the id of a broker"],
};

/** Options of a fault after their check; those that were undefined are left out. */
export function checkOptions<T extends object>(
  action: string,
  options: T,
  names: readonly string[],
): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const [isRight, what] = checks[name] ?? [];
    if (!isRight || !names.includes(name)) {
      const known = names.map((each) => `'${each}'`).join(", ");
      throw faultError(action, `there is no option '${name}': there are ${known}`);
    }
    if (!isRight(value)) {
      throw faultError(action, `'${name}' must be ${what}: current value is ${show(value)}`);
    }
  }
  return Object.fromEntries(given) as T;
}

export function faultError(action: string, reason: string): EmbeddedKafkaError {
  return new EmbeddedKafkaError(`Cannot ${action} as ${reason}`, { code: "config" });
}

/** Throws when there is no node of that id. */
export function checkNode({ nodes }: Cluster, action: string, id: number | undefined): void {
  if (id === undefined || nodes[id]) return;
  throw faultError(action, `there is no broker ${id}: ids go from 0 to ${nodes.length - 1}`);
}

/** Returns the id of a node that runs; throws when it does not, or when there is none. */
export function checkRuns(cluster: Cluster, action: string, id: number | undefined): number {
  if (id === undefined) throw faultError(action, "no other broker runs that could take it");
  checkNode(cluster, action, id);
  if (!cluster.isRunning(id)) throw faultError(action, `broker ${id} is stopped`);
  return id;
}

function show(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}
