// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type SpanContext, TraceFlags } from "@opentelemetry/api";
import type { InstrumentDefinition } from "../instruments/instruments.ts";

/** A sampled span. */
export const span: SpanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
};

/** A counter. */
export const calls: InstrumentDefinition = {
  name: "my.calls",
  kind: "counter",
  unit: "{call}",
  description: "Calls\nthat came",
};

/** A histogram. */
export const duration: InstrumentDefinition = {
  name: "my.duration",
  kind: "histogram",
  unit: "s",
  description: 'How "long"',
  boundaries: [0.5, 1],
};
