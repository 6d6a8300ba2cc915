// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { createServer } from "node:http";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { nextJsApiRouter } from "@connectrpc/connect-next";
import { createConnectTransport } from "@connectrpc/connect-node";
import { instrumentRoutes } from "@labwire/otelkit";
import { startMetricsServer } from "@labwire/otelkit/prometheus";
import { runTests, test } from "../suite/harness.js";
import { listen } from "../suite/serve-fetch.js";
import { EchoService } from "./testdata/labwire/testdata/v1/echo_pb.js";

test("instrumentRoutes() counts the calls of nextJsApiRouter()", async () => {
  const metrics = await startMetricsServer({ port: 0 });
  const routes = instrumentRoutes(
    ({ service }) =>
      service(EchoService, {
        unary({ text }) {
          if (text === "fail") throw new ConnectError("no", Code.NotFound);
          return { text };
        },
        async *serverStream({ text, count }) {
          for (let i = 0; i < count; i++) yield { text };
        },
      }),
    { meterProvider: metrics.meterProvider },
  );
  // Next.js calls it with a request and a response of node:http, which have some more properties.
  const { handler } = nextJsApiRouter({ routes });
  const server = await listen(createServer(handler));
  try {
    const baseUrl = `${server.url}/api`;
    const client = createClient(
      EchoService,
      createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    );
    deepStrictEqual((await client.unary({ text: "a" })).text, "a");
    const failure = await client.unary({ text: "fail" }).catch((error) => ConnectError.from(error));
    deepStrictEqual(failure.code, Code.NotFound);
    const texts = [];
    for await (const { text } of client.serverStream({ text: "b", count: 2 })) texts.push(text);
    deepStrictEqual(texts, ["b", "b"]);
    const page = await (await fetch(metrics.url)).text();
    const counts = page
      .split("\n")
      .filter((line) => /^rpc_server_(call_duration_seconds_count|active_calls)\{/.test(line))
      .map((line) => {
        const method = line.match(/rpc_method="[^"]*\/(\w+)"/)?.[1];
        const status = line.match(/rpc_status_code="(\w+)"/)?.[1] ?? "active";
        return `${method} ${status} ${line.split(" ").at(-1)}`;
      });
    deepStrictEqual(counts.sort(), [
      "ServerStream OK 1",
      "ServerStream active 0",
      "Unary OK 1",
      "Unary active 0",
      "Unary not_found 1",
    ]);
  } finally {
    await server.close();
    await metrics.close();
  }
});

await runTests();
