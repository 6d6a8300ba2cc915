// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@labwire/otelkit";
import { startMetricsServer } from "@labwire/otelkit/prometheus";
import { EchoService } from "../testdata/labwire/testdata/v1/echo_pb.js";
import { includes, test } from "./harness.js";

test("createServerInterceptor() counts calls that startMetricsServer() serves", async () => {
  const metrics = await startMetricsServer({ port: 0 });
  try {
    const { meterProvider } = metrics;
    const transport = createRouterTransport(
      ({ service }) => {
        service(EchoService, {
          unary: ({ text }) => ({ text }),
          unaryIdempotent() {
            throw new ConnectError("no", Code.NotFound);
          },
          async *serverStream({ text, count }) {
            for (let i = 0; i < count; i++) yield { text };
          },
        });
      },
      {
        router: {
          interceptors: [createServerInterceptor({ presets: ["semconv", "lab"], meterProvider })],
        },
        transport: { interceptors: [createClientInterceptor({ meterProvider })] },
      },
    );
    const client = createClient(EchoService, transport);
    deepStrictEqual((await client.unary({ text: "a" })).text, "a");
    const failure = await client.unaryIdempotent({}).catch((error) => ConnectError.from(error));
    deepStrictEqual(failure.code, Code.NotFound);
    const texts = [];
    for await (const { text } of client.serverStream({ text: "b", count: 2 })) texts.push(text);
    deepStrictEqual(texts, ["b", "b"]);

    const response = await fetch(metrics.url);
    deepStrictEqual(response.status, 200);
    const page = await response.text();
    const method = `FullMethod="/${EchoService.typeName}`;
    includes(page, `request_total{${method}/Unary"} 1`);
    includes(page, `request_total{${method}/ServerStream"} 1`);
    includes(page, `error_request_total{${method}/UnaryIdempotent"} 1`);
    includes(page, `response_time_count{${method}/Unary"} 1`);
    includes(page, "rpc_server_");
    includes(page, "rpc_client_");
    deepStrictEqual((await fetch(new URL("/healthz", metrics.url))).status, 200);
  } finally {
    await metrics.close();
  }
});
