// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import type { AttributeFilter } from "../instruments/filter-attributes.ts";

/** Options of all that measures operations. */
export interface MeasureOptions {
  /**
   * Where the measurements go. Default the global provider, as it is when the first operation
   * begins: set it before, since OpenTelemetry's instruments do not move to a later one.
   */
  meterProvider?: MeterProvider;
  /**
   * Name of the meter, which the exporters of some SDKs add to every series.
   * Default `@labwire/otelkit`.
   */
  meterName?: string;
  /**
   * Decides which attributes metrics have. Default all. Series that become equal are summed. An
   * attribute that it throws at is left out, and the fault goes to OpenTelemetry's `diag` logger.
   */
  attributeFilter?: AttributeFilter;
  /**
   * Series of one instrument at most, for the life of the process. Further ones are summed in one
   * whose only attribute is `otel.metric.overflow`. Default 2000, as OpenTelemetry's specification
   * has it; at least 2.
   */
  cardinalityLimit?: number;
  /**
   * The clock, in milliseconds since some fixed moment. Default `performance.now`, which does not
   * move when the system's time is set.
   */
  now?: () => number;
}
