// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import type { EchoServer } from "./echo-server.ts";
import type { Exchange } from "./observer/exchange.ts";

/** A response that no server of connect-node would send. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  trailers?: Record<string, string>;
}

/** Starts a server that is not measured: it reads every request to its end, and says one thing. */
export async function startRawServer(
  version: Exchange["version"],
  { status, headers, body, trailers }: RawAnswer,
): Promise<EchoServer> {
  const server =
    version === "2"
      ? createHttp2Server((request, response) => {
          request.resume().on("end", () => {
            response.writeHead(status, headers);
            if (trailers !== undefined) response.addTrailers(trailers);
            response.end(body);
          });
        })
      : createHttpServer((request, response) => {
          request.resume().on("end", () => response.writeHead(status, headers).end(body));
        });
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    log: {
      reading: new Promise(() => {}),
      received: 0,
      sent: 0,
      hasReadToEnd: false,
      isOver: false,
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
