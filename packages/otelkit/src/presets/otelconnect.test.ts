// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { DataPointType, type Histogram } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { callEveryKind, measureEcho } from "./preset-page.testing.ts";

/** Histograms of one call of every kind, such as `rpc.server.duration Unary (grpc 0): 1 of 100 ms`. */
async function measureSums() {
  const { meterProvider, metrics } = createTestMeter();
  await callEveryKind(measureEcho({ presets: ["otelconnect"], meterProvider }));
  const sums = (await metrics()).flatMap(({ descriptor, dataPointType, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => {
      expect(dataPointType).toBe(DataPointType.HISTOGRAM);
      const { "rpc.method": method, ...others } = attributes;
      const { count, sum } = value as Histogram;
      const values = Object.values(others).join(" ");
      return `${descriptor.name} ${method} (${values}): ${count} of ${sum} ${descriptor.unit}`;
    }),
  );
  return sums;
}

test("otelconnect measures what servers do, with sizes of messages", async () => {
  const sums = (await measureSums()).filter((line) => line.startsWith("rpc.server"));
  expect(sums.join("\n")).toMatchInlineSnapshot(`
    "rpc.server.duration Unary (connect_rpc labwire.testdata.v1.EchoService): 1 of 100 ms
    rpc.server.duration Unary (connect_rpc labwire.testdata.v1.EchoService not_found): 1 of 100 ms
    rpc.server.duration ClientStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 0 ms
    rpc.server.duration ServerStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 0 ms
    rpc.server.duration BidiStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 0 ms
    rpc.server.duration _OTHER (grpc 12): 1 of 0 ms
    rpc.server.request.size Unary (connect_rpc labwire.testdata.v1.EchoService): 1 of 5 By
    rpc.server.request.size Unary (connect_rpc labwire.testdata.v1.EchoService not_found): 1 of 9 By
    rpc.server.request.size ClientStream (connect_rpc labwire.testdata.v1.EchoService): 3 of 9 By
    rpc.server.request.size ServerStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 5 By
    rpc.server.request.size BidiStream (connect_rpc labwire.testdata.v1.EchoService): 3 of 9 By
    rpc.server.response.size Unary (connect_rpc labwire.testdata.v1.EchoService): 1 of 5 By
    rpc.server.response.size ClientStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 9 By
    rpc.server.response.size ServerStream (connect_rpc labwire.testdata.v1.EchoService): 3 of 9 By
    rpc.server.response.size BidiStream (connect_rpc labwire.testdata.v1.EchoService): 3 of 9 By
    rpc.server.requests_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService): 1 of 1 1
    rpc.server.requests_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService not_found): 1 of 1 1
    rpc.server.requests_per_rpc ClientStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 3 1
    rpc.server.requests_per_rpc ServerStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 1 1
    rpc.server.requests_per_rpc BidiStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 3 1
    rpc.server.requests_per_rpc _OTHER (grpc 12): 1 of 0 1
    rpc.server.responses_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService): 1 of 1 1
    rpc.server.responses_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService not_found): 1 of 0 1
    rpc.server.responses_per_rpc ClientStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 1 1
    rpc.server.responses_per_rpc ServerStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 3 1
    rpc.server.responses_per_rpc BidiStream (connect_rpc labwire.testdata.v1.EchoService): 1 of 3 1
    rpc.server.responses_per_rpc _OTHER (grpc 12): 1 of 0 1"
  `);
});

test("otelconnect measures what clients do", async () => {
  const sums = (await measureSums()).filter((line) => line.startsWith("rpc.client"));
  expect(sums.join("\n")).toMatchInlineSnapshot(`
    "rpc.client.duration Unary (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 0 ms
    rpc.client.duration Unary (connect_rpc labwire.testdata.v1.EchoService echo.example 8081 not_found): 1 of 0 ms
    rpc.client.duration ClientStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 0 ms
    rpc.client.duration ServerStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 0 ms
    rpc.client.duration BidiStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 0 ms
    rpc.client.requests_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 1 1
    rpc.client.requests_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService echo.example 8081 not_found): 1 of 1 1
    rpc.client.requests_per_rpc ClientStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 3 1
    rpc.client.requests_per_rpc ServerStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 1 1
    rpc.client.requests_per_rpc BidiStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 3 1
    rpc.client.responses_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 1 1
    rpc.client.responses_per_rpc Unary (connect_rpc labwire.testdata.v1.EchoService echo.example 8081 not_found): 1 of 0 1
    rpc.client.responses_per_rpc ClientStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 1 1
    rpc.client.responses_per_rpc ServerStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 3 1
    rpc.client.responses_per_rpc BidiStream (connect_rpc labwire.testdata.v1.EchoService echo.example 8081): 1 of 3 1"
  `);
});
