// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import {
  createClientInterceptor,
  type InstrumentedRoutes,
  instrumentRoutes,
} from "@labwire/otelkit";
import { startMetricsServer } from "@labwire/otelkit/prometheus";
import type { MeterProvider } from "@opentelemetry/api";
import type { ConfigOf } from "../config.ts";
import type { Readiness } from "../readiness.ts";
import type { ProcessScope } from "../run-process.ts";
import type { serviceVariables } from "../service-variables.ts";
import { measureProcess } from "./process-metrics.ts";

export interface Telemetry {
  /** Measures the calls of routes, and what no route has. */
  readonly measureRoutes: (routes: (router: ConnectRouter) => void) => InstrumentedRoutes;
  readonly clientInterceptors: Interceptor[];
  readonly meterProvider: MeterProvider;
}

/**
 * Serves metrics, `/healthz` and `/readyz` on a port of their own. Started first and stopped last,
 * so that probes get an answer while the process waits for its dependencies.
 */
export async function startTelemetry(
  config: ConfigOf<ReturnType<typeof serviceVariables>>,
  scope: ProcessScope,
  readiness: Readiness,
): Promise<Telemetry> {
  const server = await startMetricsServer({
    host: config.METER_ADDR.host || "::",
    port: config.METER_ADDR.port,
    path: config.METER_PATH,
    ready: () => ({ status: readiness.problems().join("; ") || "ok" }),
    histogramBoundaries: { response_time: config.METER_HISTOGRAM_BOUNDARIES },
    resourceAttributes: { "service.name": config.METER_NAME },
  });
  scope.onStop("metrics", () => server.close());

  const { meterProvider } = server;
  scope.onStop("process metrics", measureProcess(meterProvider, readiness));
  const shared = { meterProvider, meterName: config.METER_NAME };
  return {
    measureRoutes: (routes) =>
      instrumentRoutes(routes, { ...shared, presets: ["semconv", "lab"], preregister: true }),
    clientInterceptors: [createClientInterceptor(shared)],
    meterProvider,
  };
}
