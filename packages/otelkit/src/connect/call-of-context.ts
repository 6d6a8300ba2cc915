// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ContextValues, createContextValues } from "@connectrpc/connect";
import type { Call } from "../calls/call-record.ts";

/** In the registry of symbols, so that two copies of this package find each other's calls. */
const callKey = Symbol.for("labwire.otelkit.call");

interface ValuesWithCall extends ContextValues {
  readonly [callKey]?: Call;
}

/** The call that the handler layer has on record for a request, if it is installed. */
export function callOfContext(values: ContextValues): Call | undefined {
  return (values as ValuesWithCall)[callKey];
}

/**
 * Context values that hold a call beside what they held. Not by setting it on them: users may hand
 * the same values to every call.
 */
export function withCall(values: ContextValues | undefined, call: Call): ContextValues {
  const inner = values ?? createContextValues();
  const outer: ValuesWithCall = {
    [callKey]: call,
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
