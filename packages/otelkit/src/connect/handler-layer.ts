// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ContextValues, createContextValues } from "@connectrpc/connect";

/** In the registry of symbols, so that two copies of this package know of each other. */
const layerKey = Symbol.for("labwire.otelkit.handlerLayer");

interface MarkedValues extends ContextValues {
  readonly [layerKey]?: true;
}

/** Whether the handler layer has seen a request: it has measured it, or was told not to. */
export function isSeenAtHandler(values: ContextValues): boolean {
  return (values as MarkedValues)[layerKey] === true;
}

/**
 * Context values that say so beside what they held. Not by setting it on them: users may hand the
 * same values to every call.
 */
export function markSeenAtHandler(values: ContextValues | undefined): ContextValues {
  const inner = values ?? createContextValues();
  const outer: MarkedValues = {
    [layerKey]: true,
    get: (key) => inner.get(key),
    set(key, value) {
      inner.set(key, value);
      return outer;
    },
    delete(key) {
      inner.delete(key);
      return outer;
    },
  };
  return outer;
}
