// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";

/** Says why an option keeps the broker from starting. */
export function configError(reason: string, cause?: unknown): EmbeddedKafkaError {
  return new EmbeddedKafkaError(`Cannot start the broker as ${reason}`, { code: "config", cause });
}

/** Throws an EmbeddedKafkaError unless an option is an integer of a range. */
export function checkInteger(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw configError(
    `'${name}' must be an integer from ${from} to ${to}: current value is ${typeof value === "string" ? `"${value}"` : value}`,
  );
}

/** Throws an EmbeddedKafkaError when a name is that of no option; `owner` says whose it would be. */
export function checkNames(options: object, known: readonly string[], owner = ""): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw configError(`there is no option '${unknown}'${owner}`);
}

/** Throws an EmbeddedKafkaError unless an option is a list of objects. Secrets may be in it. */
export function checkList(name: string, value: unknown): void {
  const isList = Array.isArray(value) && value.every((each) => each && typeof each === "object");
  if (!isList) throw configError(`'${name}' must be a list of objects`);
}

/** Throws an EmbeddedKafkaError unless an option has methods of these names. */
export function checkMethods(name: string, value: object, methods: readonly string[]): void {
  const missing = methods.find((method) => typeof Reflect.get(value, method) !== "function");
  if (missing !== undefined) throw configError(`'${name}' must have a method '${missing}'`);
}
