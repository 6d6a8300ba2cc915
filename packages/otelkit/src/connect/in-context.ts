// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Interceptor } from "@connectrpc/connect";
import { type Context, context } from "@opentelemetry/api";

/** What an interceptor calls to go on. */
export type AnyFn = Parameters<Interceptor>[0];

/** Goes on in a context: what follows finds the call's span active. */
export function inContext(active: Context, next: AnyFn): AnyFn {
  return (req) => context.with(active, next, undefined, req);
}
