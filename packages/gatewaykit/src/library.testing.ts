// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import type { ServiceImpl, Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { LibraryService } from "@labwire/testdata/library";
import { createGateway, type Gateway, type GatewayOptions } from "./index.ts";

/** A gateway in front of a gRPC server, both on real ports. */
export interface Library extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` of the gateway, over HTTP/1.1. */
  url: string;
  port: number;
  /** The same gateway over cleartext HTTP/2. */
  http2Url: string;
  gateway: Gateway;
  /** Address of the gRPC server. */
  backend: string;
  /** To the gRPC server. */
  transport: Transport;
  /** Calls of which the gRPC server did not see the end. */
  openStreams: Set<unknown>;
}

/** Starts a library whose server has the given methods. */
export async function startLibrary(
  implementation: Partial<ServiceImpl<typeof LibraryService>>,
  options: Partial<GatewayOptions> = {},
): Promise<Library> {
  await using started = new AsyncDisposableStack();
  const listen = async (server: ReturnType<typeof createServer | typeof createHttp2Server>) => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    started.defer(async () => {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
    return (server.address() as AddressInfo).port;
  };

  const routes = connectNodeAdapter({
    routes: (router) => router.service(LibraryService, implementation),
  });
  const openStreams = new Set<unknown>();
  const grpcServer = createHttp2Server(routes).on("stream", (stream) => {
    openStreams.add(stream);
    stream.once("close", () => openStreams.delete(stream));
  });
  const backend = `http://127.0.0.1:${await listen(grpcServer)}`;
  const sessions = new Http2SessionManager(backend);
  started.defer(async () => sessions.abort());
  const transport = createGrpcTransport({ baseUrl: backend, sessionManager: sessions });
  const gateway = createGateway({ services: [LibraryService], transport, ...options });
  const port = await listen(createServer(gateway.node));
  const http2Port = await listen(createHttp2Server(gateway.node));

  const stack = started.move();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    http2Url: `http://127.0.0.1:${http2Port}`,
    gateway,
    backend,
    transport,
    openStreams,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** What a response is, to compare as one value. */
export async function answered(promise: Promise<Response>): Promise<[number, unknown]> {
  const response = await promise;
  return [response.status, await response.json()];
}
