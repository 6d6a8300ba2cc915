// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { HealthCheck, HealthReport } from "./prometheus/health-report.ts";
export type { MetricsServer, MetricsServerOptions } from "./prometheus/metrics-server.ts";
export { startMetricsServer } from "./prometheus/metrics-server.ts";
