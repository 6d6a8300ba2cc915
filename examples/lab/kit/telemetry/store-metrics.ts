// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import { dbOperationDuration, timed } from "./operation-duration.ts";

export interface MeasureStoreOptions {
  readonly meterProvider: MeterProvider;
  /** Address of the store: its scheme tells `db.system.name`. */
  readonly url: string;
  /** Table or collection: `db.collection.name`. */
  readonly collection: string;
  /** Errors that are answers, such as "not found", and so no failures of the store. */
  readonly isAnswer: (error: unknown) => boolean;
}

/**
 * The store, with every operation of its port measured by `db.client.operation.duration`.
 * `db.operation.name` is the port's method (`list`, `create`), whatever statements it makes, so
 * that adapters can be compared. `close` is none.
 */
export function measureStore<Store extends object>(
  store: Store,
  options: MeasureStoreOptions,
): Store {
  const histogram = dbOperationDuration(options.meterProvider);
  const { isAnswer } = options;
  const system = dbSystemName(options.url);

  function measured(name: string, member: unknown): unknown {
    if (typeof member !== "function" || name === "close") return member;
    const attributes = Object.freeze({
      "db.system.name": system,
      "db.collection.name": options.collection,
      "db.operation.name": name,
    });
    const operation = { histogram, attributes, isAnswer };
    return (...args: unknown[]) => timed(operation, () => member.apply(store, args));
  }

  const members = Object.entries(store).map(([name, member]) => [name, measured(name, member)]);
  return Object.fromEntries(members) as Store;
}

/** `db.system.name` of an address, in the words of the semantic conventions. */
export function dbSystemName(url: string): string {
  const [scheme = ""] = url.split(":");
  if (scheme.startsWith("postgres")) return "postgresql";
  if (scheme.startsWith("mongodb")) return "mongodb";
  return scheme;
}
