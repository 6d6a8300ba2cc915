// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { isDeepStrictEqual } from "node:util";

/** A place where two answers differ: the path to it without the numbers of lists. */
export interface Spot {
  readonly path: string;
  readonly kafka: unknown;
  readonly embedded: unknown;
}

/** Every place where two answers differ, as deep inside as can be, but not below `wholes`. */
export function spots(
  kafka: unknown,
  embedded: unknown,
  wholes: readonly string[] = [],
  path = "",
): Spot[] {
  if (isDeepStrictEqual(kafka, embedded)) return [];
  if (wholes.includes(path)) return [{ path, kafka, embedded }];
  if (Array.isArray(kafka) && Array.isArray(embedded)) {
    if (kafka.length !== embedded.length) return [{ path, kafka, embedded }];
    return kafka.flatMap((item, at) => spots(item, embedded[at], wholes, path));
  }
  if (isObject(kafka) && isObject(embedded)) {
    const names = new Set([...Object.keys(kafka), ...Object.keys(embedded)]);
    return [...names].flatMap((name) =>
      spots(kafka[name], embedded[name], wholes, path === "" ? name : `${path}.${name}`),
    );
  }
  return [{ path, kafka, embedded }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
