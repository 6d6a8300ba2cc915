// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo } from "node:net";
import type { Exchange } from "./observer/exchange.ts";

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine. */
export async function startHttpServer(
  version: Exchange["version"],
  handle: (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => void,
): Promise<HttpServer> {
  const sessions = new Set<ServerHttp2Session>();
  const server = version === "2" ? createHttp2Server(handle) : createHttpServer(handle);
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
