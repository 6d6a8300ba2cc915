// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What `instrumentRoutes` adds to a unary gRPC call at its handler, without a network around it.
// node --conditions=@labwire/source packages/otelkit/bench/handler.bench.ts

import { create, toBinary } from "@bufbuild/protobuf";
import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import { encodeEnvelope, type UniversalHandler } from "@connectrpc/connect/protocol";
import { instrumentRoutes } from "@labwire/otelkit";
import { EchoService, UnaryRequestSchema } from "@labwire/testdata/echo";
import { compare } from "./lib/compare.ts";
import { createSdkProvider, createStoreProvider } from "./lib/fixtures.ts";

const message = toBinary(UnaryRequestSchema, create(UnaryRequestSchema, { text: "hello" }));
const body = encodeEnvelope(0, message);

function echo({ service }: ConnectRouter) {
  return service(EchoService, { unary: ({ text }) => ({ text }) });
}

function unaryOf(routes: (router: ConnectRouter) => unknown): UniversalHandler {
  const router = createConnectRouter();
  routes(router);
  const found = router.handlers.find(({ method }) => method === EchoService.method.unary);
  if (found === undefined) throw new Error("no handler for Unary");
  return found;
}

/** As connect-node does it: the signal is of this request alone, and aborts when that is over. */
async function call(handler: UniversalHandler): Promise<void> {
  const gone = new AbortController();
  async function* chunks() {
    yield body;
  }
  const response = await handler({
    httpVersion: "2.0",
    method: "POST",
    url: "http://127.0.0.1:8081/labwire.testdata.v1.EchoService/Unary",
    header: new Headers({ "content-type": "application/grpc+proto", te: "trailers" }),
    body: chunks(),
    signal: gone.signal,
  });
  const iterator = response.body?.[Symbol.asyncIterator]();
  while ((await iterator?.next())?.done === false);
  await iterator?.return?.();
  gone.abort();
}

const handlers: Record<string, UniversalHandler> = {
  none: unaryOf(echo),
  "none again": unaryOf(echo),
  "routes, SDK": unaryOf(instrumentRoutes(echo, { meterProvider: createSdkProvider() })),
  "routes, store": unaryOf(instrumentRoutes(echo, { meterProvider: createStoreProvider() })),
};
await compare(
  Object.entries(handlers).map(([name, handler]) => ({
    name,
    async run(calls) {
      for (let n = 0; n < calls; n++) await call(handler);
    },
  })),
  { unit: "calls of a handler", operations: 1000 },
);
