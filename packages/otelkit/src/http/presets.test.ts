// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  ATTR_DB_OPERATION_NAME,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_SCHEME,
  METRIC_DB_CLIENT_OPERATION_DURATION,
  METRIC_HTTP_CLIENT_REQUEST_DURATION,
  METRIC_HTTP_SERVER_REQUEST_DURATION,
} from "@opentelemetry/semantic-conventions";
import {
  ATTR_URL_TEMPLATE,
  METRIC_HTTP_CLIENT_ACTIVE_REQUESTS,
  METRIC_HTTP_SERVER_ACTIVE_REQUESTS,
  METRIC_HTTP_SERVER_REQUEST_BODY_SIZE,
  METRIC_HTTP_SERVER_RESPONSE_BODY_SIZE,
} from "@opentelemetry/semantic-conventions/incubating";
import { expect, test } from "vitest";
import { databaseMetrics, httpClientMetrics, httpServerMetrics } from "./presets.ts";

function namesOf(
  metrics: typeof httpServerMetrics | typeof httpClientMetrics | typeof databaseMetrics,
) {
  return metrics.map(({ name, labels }) => [name, ...Object.keys(labels)]);
}

test("presets have the names of the semantic conventions", () => {
  const finished = [
    ATTR_HTTP_REQUEST_METHOD,
    ATTR_URL_SCHEME,
    ATTR_HTTP_ROUTE,
    ATTR_HTTP_RESPONSE_STATUS_CODE,
    ATTR_ERROR_TYPE,
  ];
  expect(namesOf(httpServerMetrics)).toEqual([
    [METRIC_HTTP_SERVER_REQUEST_DURATION, ...finished],
    [METRIC_HTTP_SERVER_ACTIVE_REQUESTS, ATTR_HTTP_REQUEST_METHOD, ATTR_URL_SCHEME],
    [METRIC_HTTP_SERVER_REQUEST_BODY_SIZE, ...finished],
    [METRIC_HTTP_SERVER_RESPONSE_BODY_SIZE, ...finished],
  ]);
  const called = [
    ATTR_HTTP_REQUEST_METHOD,
    ATTR_SERVER_ADDRESS,
    ATTR_SERVER_PORT,
    ATTR_URL_SCHEME,
    ATTR_URL_TEMPLATE,
  ];
  expect(namesOf(httpClientMetrics)).toEqual([
    [
      METRIC_HTTP_CLIENT_REQUEST_DURATION,
      ...called,
      ATTR_HTTP_RESPONSE_STATUS_CODE,
      ATTR_ERROR_TYPE,
    ],
    [METRIC_HTTP_CLIENT_ACTIVE_REQUESTS, ...called],
  ]);
  expect(namesOf(databaseMetrics)).toEqual([
    [METRIC_DB_CLIENT_OPERATION_DURATION, ATTR_DB_OPERATION_NAME, ATTR_ERROR_TYPE],
  ]);
});
