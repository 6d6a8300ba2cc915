// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { StreamRequest, UnaryRequest } from "@connectrpc/connect";
import type { MeterProvider } from "@opentelemetry/api";

/** Options that server and client interceptors share. */
export interface CommonInterceptorOptions {
  /**
   * Where the measurements go. Default the global provider, as it is when the first call comes:
   * set it before, since OpenTelemetry's instruments do not move to a later one.
   */
  meterProvider?: MeterProvider;
  /**
   * Name of the meter, which the exporters of some SDKs add to every series.
   * Default `@labwire/otelkit`.
   */
  meterName?: string;
  /**
   * Decides whether a call is measured, before it begins. Default every call. When it throws, the
   * call is measured and the fault goes to OpenTelemetry's `diag` logger.
   */
  filter?: (request: UnaryRequest | StreamRequest) => boolean;
  /**
   * The clock, in milliseconds since some fixed moment. Default `performance.now`, which does not
   * move when the system's time is set.
   */
  now?: () => number;
}
