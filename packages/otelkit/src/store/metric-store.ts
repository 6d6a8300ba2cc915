// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MetricProducer } from "@opentelemetry/sdk-metrics";
import type { Instruments } from "../instruments/instruments.ts";
import type { MetricView } from "./metric-view.ts";

/**
 * Keeps metrics in plain objects, with nothing of the SDK on the way of a measurement, and hands
 * them to any `MetricReader` that has it among its `metricProducers`. Views of a provider do not
 * apply to it.
 */
export interface MetricStore extends MetricProducer {
  /** The instruments of one scope, which is what OpenTelemetry calls a meter. */
  instruments(scopeName: string, scopeVersion?: string): Instruments;
  /** All metrics as they are, for readers that need no copy. */
  view(): Iterable<MetricView>;
}
