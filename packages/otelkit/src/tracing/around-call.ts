// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Context, createContextKey } from "@opentelemetry/api";

/** What a context tells of the request or call of this package that it belongs to. */
export interface AroundCall {
  readonly isEnded: boolean;
}

/** In the registry of symbols, so that two copies of this package know of each other. */
const key = createContextKey("labwire.otelkit.around");

/** The context of a request or call, whose own span may be one that is not sampled. */
export function withAroundCall(parent: Context, around: AroundCall): Context {
  return parent.setValue(key, around);
}

/** Whether a request or call that this package made the context for is under way. */
export function isInsideCall(active: Context): boolean {
  const around = active.getValue(key) as AroundCall | undefined;
  return around !== undefined && !around.isEnded;
}
