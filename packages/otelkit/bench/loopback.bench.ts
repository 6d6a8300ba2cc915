// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What measuring adds to whole calls over the loopback interface, with client and server in one
// process: gRPC over HTTP/2, 64 calls at once.
// node --conditions=@labwire/source packages/otelkit/bench/loopback.bench.ts

import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { type ConnectRouter, createClient, type Interceptor } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { createServerInterceptor, instrumentRoutes } from "@labwire/otelkit";
import { EchoService } from "@labwire/testdata/echo";
import { type Candidate, compare } from "./lib/compare.ts";
import { createSdkProvider, createStoreProvider } from "./lib/fixtures.ts";

const callsAtOnce = 64;

function echo({ service }: ConnectRouter) {
  return service(EchoService, { unary: ({ text }) => ({ text }) });
}

async function startCandidate(
  name: string,
  routes: (router: ConnectRouter) => unknown,
  interceptors: Interceptor[] = [],
): Promise<Candidate> {
  const adapter = connectNodeAdapter({ routes: (router) => void routes(router), interceptors });
  const server = createServer(adapter);
  await once(server.listen(0, "127.0.0.1"), "listening");
  server.unref();
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient(EchoService, createGrpcTransport({ baseUrl }));
  return {
    name,
    async run(calls) {
      for (let left = calls; left > 0; left -= callsAtOnce) {
        const batch = Array.from({ length: callsAtOnce }, () => client.unary({ text: "hello" }));
        await Promise.all(batch);
      }
    },
  };
}

const sdk = { meterProvider: createSdkProvider() };
const store = { meterProvider: createStoreProvider() };
await compare(
  [
    await startCandidate("none", echo),
    await startCandidate("none again", echo),
    await startCandidate("interceptor, SDK", echo, [createServerInterceptor(sdk)]),
    await startCandidate("interceptor, store", echo, [createServerInterceptor(store)]),
    await startCandidate("routes, SDK", instrumentRoutes(echo, sdk)),
    await startCandidate("routes, store", instrumentRoutes(echo, store)),
  ],
  { unit: "calls", operations: 640, rounds: 41 },
);
process.exit();
