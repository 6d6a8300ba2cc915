// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { HttpServerMeasure, MetricMapping, OperationMeasure } from "./metric-mapping.ts";

/**
 * What can be a label of an HTTP server:
 * - `method`, one of the known ones or `_OTHER`, and `scheme`, known from the start;
 * - `route`, such as `/users/:id`, never the path; `statusCode`, and `statusClass` such as `2xx`;
 * - `errorType`, the status of a 5xx, or `aborted` when the client left before the end, or the class
 *   of what a fetch handler threw; `outcome`, `failure` when there is such, else `success`.
 */
export type HttpServerField =
  | "method"
  | "scheme"
  | "route"
  | "statusCode"
  | "statusClass"
  | "errorType"
  | "outcome";

/**
 * What can be a label of an HTTP client: `method`, `scheme`, `serverAddress`, `serverPort` and
 * `template`, known from the start; `statusCode`, `statusClass`; `errorType`, the status of a 4xx or
 * 5xx, or what `fetch` threw; and `outcome`.
 */
export type HttpClientField =
  | Exclude<HttpServerField, "route">
  | "template"
  | "serverAddress"
  | "serverPort";

/**
 * What can be a label of other operations: `operation`, its name, known from the start; `outcome`,
 * `success` or `failure`; `errorType`, the code or class of what was thrown, on failure only.
 */
export type OperationField = "operation" | "outcome" | "errorType";

/** A metric of an HTTP server. */
export type HttpServerMetric = MetricMapping<HttpServerMeasure, HttpServerField>;
/** A metric of an HTTP client. */
export type HttpClientMetric = MetricMapping<OperationMeasure, HttpClientField>;
/** A metric of other operations. */
export type OperationMetric = MetricMapping<OperationMeasure, OperationField>;

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const databaseSeconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const jobSeconds = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];
const bodyBytes = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

const finishedRequest = {
  "http.request.method": "method",
  "url.scheme": "scheme",
  "http.route": "route",
  "http.response.status_code": "statusCode",
  "error.type": "errorType",
} as const;

/**
 * OpenTelemetry's semantic conventions for HTTP servers: `http.server.request.duration`, which is
 * stable there, `http.server.active_requests`, `http.server.request.body.size` and
 * `http.server.response.body.size`.
 */
export const httpServerMetrics: readonly HttpServerMetric[] = [
  {
    measure: "duration",
    name: "http.server.request.duration",
    description: "Duration of HTTP server requests.",
    boundaries: requestSeconds,
    labels: finishedRequest,
  },
  {
    measure: "active",
    name: "http.server.active_requests",
    unit: "{request}",
    description: "Number of active HTTP server requests.",
    labels: { "http.request.method": "method", "url.scheme": "scheme" },
  },
  {
    measure: "requestBytes",
    name: "http.server.request.body.size",
    description: "Size of HTTP server request bodies.",
    boundaries: bodyBytes,
    labels: finishedRequest,
  },
  {
    measure: "responseBytes",
    name: "http.server.response.body.size",
    description: "Size of HTTP server response bodies.",
    boundaries: bodyBytes,
    labels: finishedRequest,
  },
];

/**
 * OpenTelemetry's semantic conventions for HTTP clients: `http.client.request.duration`, which is
 * stable there, and `http.client.active_requests`.
 */
export const httpClientMetrics: readonly HttpClientMetric[] = [
  {
    measure: "duration",
    name: "http.client.request.duration",
    description: "Duration of HTTP client requests.",
    boundaries: requestSeconds,
    labels: {
      "http.request.method": "method",
      "server.address": "serverAddress",
      "server.port": "serverPort",
      "url.scheme": "scheme",
      "url.template": "template",
      "http.response.status_code": "statusCode",
      "error.type": "errorType",
    },
  },
  {
    measure: "active",
    name: "http.client.active_requests",
    unit: "{request}",
    description: "Number of active HTTP requests.",
    labels: {
      "http.request.method": "method",
      "server.address": "serverAddress",
      "server.port": "serverPort",
      "url.scheme": "scheme",
      "url.template": "template",
    },
  },
];

/**
 * OpenTelemetry's semantic conventions for database clients: `db.client.operation.duration`. They
 * want `db.system.name` too, which `attributes` of the meter is for.
 */
export const databaseMetrics: readonly OperationMetric[] = [
  {
    measure: "duration",
    name: "db.client.operation.duration",
    description: "Duration of database client operations.",
    boundaries: databaseSeconds,
    labels: { "db.operation.name": "operation", "error.type": "errorType" },
  },
];

/** Runs, failures, duration and last success of scheduled jobs. No convention has names for these. */
export const jobMetrics: readonly OperationMetric[] = [
  {
    measure: "finished",
    name: "job.runs",
    unit: "{run}",
    description: "Runs of a job that ended, failed ones included.",
    labels: { "job.name": "operation" },
  },
  {
    measure: "failed",
    name: "job.failures",
    unit: "{run}",
    description: "Runs of a job that failed.",
    labels: { "job.name": "operation" },
  },
  {
    measure: "active",
    name: "job.active_runs",
    unit: "{run}",
    description: "Runs of a job that are under way.",
    labels: { "job.name": "operation" },
  },
  {
    measure: "duration",
    name: "job.duration",
    description: "Duration of a job's runs.",
    boundaries: jobSeconds,
    labels: { "job.name": "operation", outcome: "outcome" },
  },
  {
    measure: "lastSuccess",
    name: "job.last_success.timestamp",
    description: "When a job last succeeded, in seconds since 1970.",
    labels: { "job.name": "operation" },
  },
];
