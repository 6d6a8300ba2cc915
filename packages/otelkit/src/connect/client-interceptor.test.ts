// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import { expect, test } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { OtelkitError } from "../otelkit-error.ts";
import type { ClientInterceptorOptions } from "./call-options.ts";
import { createClientInterceptor } from "./client-interceptor.ts";

test("createClientInterceptor() refuses the preset 'lab', which is a server's", () => {
  const options = { presets: ["lab"] } as unknown as ClientInterceptorOptions;
  expect(() => createClientInterceptor(options)).toThrow(
    new OtelkitError(
      "Cannot measure a client as 'presets' must name some of 'semconv', 'grpc', 'otelconnect': current value is 'lab'",
      { code: "invalid_option" },
    ),
  );
});

test("createClientInterceptor() counts a server that is not there as unavailable", async () => {
  const { meterProvider, points } = createTestMeter();
  const transport = createGrpcTransport({
    // Port 1 is privileged and nobody's.
    baseUrl: "http://127.0.0.1:1",
    interceptors: [createClientInterceptor({ meterProvider })],
  });
  await expect(createClient(EchoService, transport).unary({})).rejects.toThrow("[unavailable]");
  const [duration, active] = await points();
  expect([duration?.attributes, active?.value]).toEqual([
    {
      "rpc.system.name": "grpc",
      "rpc.method": "labwire.testdata.v1.EchoService/Unary",
      "server.address": "127.0.0.1",
      "server.port": 1,
      "rpc.status_code": "UNAVAILABLE",
      "error.type": "UNAVAILABLE",
    },
    0,
  ]);
});

test("createClientInterceptor() keeps the series of two servers apart", async () => {
  const { meterProvider, points } = createTestMeter();
  const interceptors = [createClientInterceptor({ meterProvider })];
  const clients = ["https://a.example", "http://b.example", "http://[::1]:99"].map((baseUrl) =>
    createClient(
      EchoService,
      createRouterTransport((router) => router.service(EchoService, { unary: () => ({}) }), {
        transport: { baseUrl, interceptors },
      }),
    ),
  );
  for (const client of [...clients, ...clients]) await client.unary({});
  const servers = (await points())
    .filter(({ name }) => name === "rpc.client.call.duration")
    .map(({ attributes: of, value }) => [of["server.address"], of["server.port"], value]);
  expect(servers).toEqual([
    ["a.example", 443, 2],
    ["b.example", 80, 2],
    ["::1", 99, 2],
  ]);
});
