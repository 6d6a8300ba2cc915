// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import type { MetricStore } from "./metric-store.ts";

/** In the registry of symbols, so that two copies of this package find each other's stores. */
const storeKey = Symbol.for("labwire.otelkit.store");

/** Lets whoever measures with `meterProvider` write into `store` instead. */
export function attachStore(meterProvider: MeterProvider, store: MetricStore): void {
  Object.defineProperty(meterProvider, storeKey, { value: store });
}

/** The store that was attached to a provider, if there is one. Never throws. */
export function storeOf(meterProvider: MeterProvider): MetricStore | undefined {
  const store: unknown = Reflect.get(meterProvider, storeKey);
  return isStore(store) ? store : undefined;
}

function isStore(value: unknown): value is MetricStore {
  return (
    typeof value === "object" &&
    value !== null &&
    "instruments" in value &&
    typeof value.instruments === "function" &&
    "collect" in value &&
    typeof value.collect === "function"
  );
}
