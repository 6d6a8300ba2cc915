// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { FetchOptions } from "./http/fetch-client.ts";
export { instrumentFetch } from "./http/fetch-client.ts";
export type { FetchHandlerOptions } from "./http/fetch-handler.ts";
export { instrumentFetchHandler } from "./http/fetch-handler.ts";
export type { HttpServerOptions } from "./http/http-server.ts";
export { setHttpRoute } from "./http/http-server.ts";
export type { MeasureOptions } from "./http/measure-options.ts";
export type { HttpServerMeasure, MetricMapping, OperationMeasure } from "./http/metric-mapping.ts";
export { createHttpMiddleware, instrumentHttpHandler } from "./http/node-http.ts";
export type { NodeRequest, NodeResponse } from "./http/node-messages.ts";
export type {
  OperationMeter,
  OperationMeterOptions,
  StartedOperation,
} from "./http/operation-meter.ts";
export { createOperationMeter } from "./http/operation-meter.ts";
export type {
  HttpClientField,
  HttpClientMetric,
  HttpServerField,
  HttpServerMetric,
  OperationField,
  OperationMetric,
} from "./http/presets.ts";
export {
  databaseMetrics,
  httpClientMetrics,
  httpServerMetrics,
  jobMetrics,
} from "./http/presets.ts";
export type { TraceOptions } from "./http/trace-options.ts";
export type { AttributeFilter } from "./instruments/filter-attributes.ts";
