// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { HealthCheck, HealthReport } from "./prometheus/health-report.ts";
export type { TranslationStrategy } from "./prometheus/metric-names.ts";
export { createMetricsFetchHandler, createMetricsHandler } from "./prometheus/metrics-handler.ts";
export type { MetricsServer, MetricsServerOptions } from "./prometheus/metrics-server.ts";
export { startMetricsServer } from "./prometheus/metrics-server.ts";
export type {
  PrometheusPage,
  PrometheusPageOptions,
  PrometheusReaderOptions,
} from "./prometheus/prometheus-reader.ts";
export { PrometheusReader } from "./prometheus/prometheus-reader.ts";
export type { PageSource } from "./prometheus/scrape-answer.ts";
export type { MetricStoreOptions } from "./store/create-metric-store.ts";
export { createMetricStore } from "./store/create-metric-store.ts";
export type { MetricStore } from "./store/metric-store.ts";
export type { MetricView } from "./store/metric-view.ts";
export { attachStore } from "./store/store-of.ts";
