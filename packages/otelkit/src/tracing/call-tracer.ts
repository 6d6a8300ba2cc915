// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TracerProvider } from "@opentelemetry/api";
import type { CallTrace } from "../calls/call-record.ts";
import type { CallRequest, CallSide, CallTarget } from "../calls/call-target.ts";

/** Options of {@link createCallTracer}. */
export interface CallTracerOptions {
  tracerProvider?: TracerProvider | false;
  trustRemote?: boolean;
  headerAttributes?: readonly string[];
}

/** Makes what begins the span of a call. It returns undefined as long as nobody collects spans. */
export function createCallTracer(
  _side: CallSide,
  _options: CallTracerOptions,
): (request: CallRequest, target: CallTarget) => CallTrace | undefined {
  return () => undefined;
}
