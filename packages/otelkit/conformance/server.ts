// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The server that the suite tests. It reads one ServerCompatRequest, starts, writes where it
// listens, and ends with SIGTERM.

import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  createServerInterceptor,
  type InstrumentRoutesOptions,
  instrumentRoutes,
} from "@labwire/otelkit";
import { conformanceRoutes } from "./conformance-service.ts";
import { HTTPVersion } from "./gen/connectrpc/conformance/v1/config_pb.ts";
import {
  type ServerCompatRequest,
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";
import { jsonOptions } from "./json-options.ts";
import { createProgram } from "./program.ts";
import { encodeMessage, readMessages } from "./size-prefixed.ts";

const { instrumentation, report } = createProgram("server");
let requestCount = 0;

/**
 * Room for messages that are too large. connect-node answers them without reading them to the end,
 * and a client that waits for room to send the rest of one would never see the answer.
 */
const streamWindowBytes = 1024 * 1024;
/** What is not read of a stream takes room from its connection for ever. */
const connectionWindowBytes = 1024 * streamWindowBytes;

process.once("SIGTERM", async () => {
  await report(requestCount);
  process.exit();
});

for await (const request of readMessages(ServerCompatRequestSchema, process.stdin)) {
  const server = createServer(request);
  server.on("request", () => requestCount++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { address: host, port } = server.address() as AddressInfo;
  const pemCert = request.serverCreds?.cert ?? new Uint8Array();
  process.stdout.write(encodeMessage(ServerCompatResponseSchema, { host, port, pemCert }));
}

type Handler = ReturnType<typeof connectNodeAdapter>;

function createServer(request: ServerCompatRequest): http.Server | http2.Http2Server {
  const { httpVersion, useTls, serverCreds, clientTlsCert } = request;
  const options = { jsonOptions, readMaxBytes: request.messageReceiveLimit || undefined };
  const handler = connectNodeAdapter(
    instrumentation
      ? { ...options, ...instrumented(instrumentation) }
      : { ...options, routes: conformanceRoutes },
  );
  const tls = useTls && {
    cert: Buffer.from(serverCreds?.cert ?? []),
    key: Buffer.from(serverCreds?.key ?? []),
    ...(clientTlsCert.length > 0 && {
      ca: Buffer.from(clientTlsCert),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
  switch (httpVersion) {
    case HTTPVersion.HTTP_VERSION_1:
      return tls ? https.createServer(tls, handler) : http.createServer(handler);
    case HTTPVersion.HTTP_VERSION_2:
      return createHttp2Server(tls, handler);
    default:
      throw new Error(`Cannot serve HTTP version '${httpVersion}'`);
  }
}

function createHttp2Server(tls: http2.SecureServerOptions | false, handler: Handler) {
  const settings = { initialWindowSize: streamWindowBytes };
  const server = tls
    ? http2.createSecureServer({ ...tls, settings }, handler)
    : http2.createServer({ settings }, handler);
  return server.on("session", (session) => session.setLocalWindowSize(connectionWindowBytes));
}

/** Both layers, which must count a call once all the same. */
function instrumented(options: InstrumentRoutesOptions) {
  const routes = instrumentRoutes(conformanceRoutes, options);
  return { routes, fallback: routes.fallback, interceptors: [createServerInterceptor(options)] };
}
