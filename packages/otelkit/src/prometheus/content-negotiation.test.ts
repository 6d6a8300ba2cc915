// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { acceptsGzip, negotiateFormat } from "./content-negotiation.ts";

const plain = "text/plain; version=0.0.4; charset=utf-8";
const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const protobuf =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

// The first five are what servers send; Prometheus builds its own of `scrape_protocols`.
test.each([
  [
    "Prometheus 3",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3",
    `${openMetrics}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3 with native histograms",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2",
    `${protobuf}; escaping=underscores`,
  ],
  [
    "Prometheus 2.28",
    "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "application/openmetrics-text; version=0.0.1; charset=utf-8",
  ],
  ["curl", "*/*", plain],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", plain],
  ["nobody", undefined, plain],
  ["an empty header", "", plain],
  ["text/*", "text/*", plain],
  [
    "text 1.0.0",
    "text/plain;version=1.0.0;escaping=values",
    "text/plain; version=1.0.0; charset=utf-8; escaping=values",
  ],
  [
    "OpenMetrics without a version",
    "application/openmetrics-text",
    `${openMetrics}; escaping=underscores`,
  ],
  [
    "quoted versions",
    'application/openmetrics-text; version="0.0.1"',
    "application/openmetrics-text; version=0.0.1; charset=utf-8",
  ],
  ["an unknown version", "application/openmetrics-text;version=2.0.0,text/plain;q=0.5", plain],
  [
    "an unknown escaping",
    "application/openmetrics-text;escaping=rot13",
    `${openMetrics}; escaping=underscores`,
  ],
  ["an unknown message", "application/vnd.google.protobuf;proto=other;encoding=delimited", plain],
  [
    "protobuf as text",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
    plain,
  ],
  [
    "the better by quality",
    "text/plain;q=0.1,application/openmetrics-text;q=0.2",
    `${openMetrics}; escaping=underscores`,
  ],
  ["the first of equals", "text/plain,application/openmetrics-text", plain],
  [
    "what is left of a refusal",
    "text/plain;q=0,*/*;q=0.5,application/openmetrics-text;q=0.1",
    `${openMetrics}; escaping=underscores`,
  ],
  ["nothing that exists", "image/png", plain],
  [
    "a quality that is none",
    "application/openmetrics-text;q=high",
    `${openMetrics}; escaping=underscores`,
  ],
])("negotiateFormat() answers %s", (_, accept, contentType) => {
  expect(negotiateFormat(accept).contentType).toBe(contentType);
});

test.each([
  [undefined, false],
  ["", false],
  ["gzip", true],
  ["zstd,gzip", true],
  ["gzip, deflate, br", true],
  ["GZIP;q=0.5", true],
  ["x-gzip", true],
  ["*", true],
  ["gzip;q=0", false],
  ["*;q=0", false],
  ["identity", false],
  ["gzip;q=0.5, identity;q=0.8", false],
  ["gzip;q=0, *", false],
])("acceptsGzip() judges %s as %s", (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});
