// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TextMapPropagator, TracerProvider } from "@opentelemetry/api";

/** Options of all that makes spans of HTTP requests. */
export interface TraceOptions {
  /**
   * Where spans go. Default the global provider; as long as there is none, no span is made.
   * `false` makes none whatever the global provider is, such as when another instrumentation of
   * HTTP makes them.
   */
  tracerProvider?: TracerProvider | false;
  /** Reads and writes the headers that carry a trace. Default the global one. */
  propagator?: TextMapPropagator;
}
