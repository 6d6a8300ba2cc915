// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { HealthCheck, HealthReport } from "./health-report.ts";
export type { MetricsServer, MetricsServerOptions } from "./metrics-server.ts";
export { startMetricsServer } from "./metrics-server.ts";
