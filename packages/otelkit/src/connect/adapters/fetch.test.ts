// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createConnectRouter, createRouterTransport } from "@connectrpc/connect";
import {
  createFetchHandler,
  type UniversalClientFn,
  universalClientResponseFromFetch,
} from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-grpc-web";
import { expect, test } from "vitest";
import type { InstrumentedRoutes } from "../instrument-routes.ts";
import { expectCallsCounted, type Serve, serveEcho } from "./adapter-suite.testing.ts";

type FetchHandler = (request: Request) => Promise<Response>;

/** What `Deno.serve` and `Bun.serve` are given. */
function fetchHandler(routes: InstrumentedRoutes): FetchHandler {
  const { handlers } = routes(createConnectRouter());
  const byPath = new Map(
    handlers.map((handler) => [handler.requestPath, createFetchHandler(handler)]),
  );
  return async (request) => {
    const handle = byPath.get(new URL(request.url).pathname);
    if (handle !== undefined) return handle(request);
    routes.countUnknown(request);
    return new Response(null, { status: 404 });
  };
}

/** Calls the handler as a server would, without one: Node.js itself has none that takes it. */
function clientOf(handle: FetchHandler): UniversalClientFn {
  return async ({ url, method, header, body, signal }) => {
    const stream = body === undefined ? null : ReadableStream.from(body);
    // The standard wants `duplex` with a stream; the types do not know it yet.
    const init = { method, headers: header, body: stream, signal, duplex: "half" };
    return universalClientResponseFromFetch(await handle(new Request(url, init as RequestInit)));
  };
}

const serveFetch: Serve = async (routes) => ({
  transport: createTransport({
    httpClient: clientOf(fetchHandler(routes)),
    baseUrl: "http://a.example",
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: 0xffffffff,
    writeMaxBytes: 0xffffffff,
  }),
});

const serveInMemory: Serve = async (routes) => ({ transport: createRouterTransport(routes) });

test("instrumentRoutes() behind createFetchHandler() counts gRPC-Web calls", () =>
  expectCallsCounted(serveFetch, "gRPC"));

test("instrumentRoutes() in createRouterTransport() counts Connect calls", () =>
  expectCallsCounted(serveInMemory, "Connect"));

test("instrumentRoutes() behind createFetchHandler() counts unknown paths, and clients that leave", async () => {
  let handle: FetchHandler | undefined;
  const { report } = await serveEcho(async (routes) => {
    handle = fetchHandler(routes);
    return serveInMemory(routes);
  });
  const post = (path: string, contentType: string, body: string | Uint8Array<ArrayBuffer>) =>
    handle?.(
      new Request(`http://a.example${path}`, {
        method: "POST",
        headers: { "content-type": contentType },
        body,
      }),
    );
  const unknown = await post("/none.Service/None", "application/proto", "");
  const notRpc = await post("/index.html", "text/html", "");
  // One envelope: five bytes of head, then `{"text":"a","count":9}`.
  const message = new TextEncoder().encode('{"text":"a","count":9}');
  const envelope = Uint8Array.of(0, 0, 0, 0, message.length, ...message);
  const path = "/labwire.testdata.v1.EchoService/ServerStream";
  const streaming = await post(path, "application/connect+json", envelope);
  const reader = streaming?.body?.getReader();
  await reader?.read();
  await reader?.cancel();

  expect([unknown?.status, notRpc?.status, streaming?.status]).toEqual([404, 404, 200]);
  await expect
    .poll(report, { timeout: 10_000 })
    .toEqual([
      "ServerStream canceled 1",
      "ServerStream sent 1",
      "_OTHER sent 0",
      "_OTHER unimplemented 1",
      "active 0",
    ]);
});
