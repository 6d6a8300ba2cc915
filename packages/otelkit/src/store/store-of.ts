// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import { OtelkitError } from "../otelkit-error.ts";
import type { MetricStore } from "./metric-store.ts";

/** In the registry of symbols, so that two copies of this package find each other's stores. */
const storeKey = Symbol.for("labwire.otelkit.store");

/**
 * Lets what this package measures with `meterProvider` go into `store` instead. Views of the
 * provider do not apply there, and its readers see it if the store is one of their
 * `metricProducers`.
 *
 * @throws {OtelkitError} with code `invalid_option` when the provider has a store already.
 */
export function attachStore(meterProvider: MeterProvider, store: MetricStore): void {
  if (storeOf(meterProvider) !== undefined) {
    throw new OtelkitError("Cannot attach a store to a meter provider that has one already", {
      code: "invalid_option",
    });
  }
  Object.defineProperty(meterProvider, storeKey, { value: store });
}

/** The store that was attached to a provider, if there is one. Never throws. */
export function storeOf(meterProvider: MeterProvider): MetricStore | undefined {
  const store: unknown = Reflect.get(meterProvider, storeKey);
  return isMetricStore(store) ? store : undefined;
}

/** By its shape, as it may come from another copy of this package. */
export function isMetricStore(value: unknown): value is MetricStore {
  if (typeof value !== "object" || value === null) return false;
  return ["instruments", "view", "collect"].every(
    (name) => typeof Reflect.get(value, name) === "function",
  );
}
