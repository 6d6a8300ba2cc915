// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import * as http from "./http.ts";
import * as otelkit from "./index.ts";
import * as prometheus from "./prometheus.ts";

test("index exports its public surface and no more", () => {
  expect(Object.keys(otelkit).sort()).toEqual([
    "OtelkitError",
    "createClientInterceptor",
    "createServerInterceptor",
    "instrumentRoutes",
  ]);
});

test("prometheus exports its public surface and no more", () => {
  expect(Object.keys(prometheus).sort()).toEqual([
    "PrometheusReader",
    "attachStore",
    "createMetricStore",
    "createMetricsFetchHandler",
    "createMetricsHandler",
    "startMetricsServer",
  ]);
});

test("http exports its public surface and no more", () => {
  expect(Object.keys(http).sort()).toEqual([
    "createHttpMiddleware",
    "createOperationMeter",
    "databaseMetrics",
    "httpClientMetrics",
    "httpServerMetrics",
    "instrumentFetch",
    "instrumentFetchHandler",
    "instrumentHttpHandler",
    "jobMetrics",
    "setHttpRoute",
  ]);
});
