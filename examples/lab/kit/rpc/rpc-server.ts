// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer as createHttpServer } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { createServer as createHttp2Server } from "node:http2";
import type { Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { InstrumentedRoutes } from "@labwire/otelkit";
import type { Address } from "../address.ts";
import { listen } from "../listen.ts";
import { serveGrpcTools } from "./grpc-tools.ts";
import { requestContext } from "./request-end.ts";

// What every HTTP/2 connection begins with (RFC 9113, section 3.4).
const http2Preface = "PRI";

// One for every call that confirms its end; Node.js allows ten.
const maxOutstandingPings = 100_000;

export interface RpcServerOptions {
  readonly address: Address;
  readonly routes: (router: ConnectRouter) => void;
  /**
   * Measures the calls of `routes`. Those of health checks and reflection are left out: metrics
   * count what users ask for, and a probe a second would drown it. Default nothing is measured.
   */
  readonly measureRoutes?: (routes: RpcServerOptions["routes"]) => InstrumentedRoutes;
  /** What gRPC's health checks answer: serving while this is empty. Default always. */
  readonly problems?: () => readonly string[];
  /** Largest message in bytes. Default 4 MiB, as gRPC's. */
  readonly maxMessageBytes?: number;
}

export interface RpcServer {
  readonly address: Address;
  /** No new calls; those under way may finish until the deadline, then their connections are cut. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Serves gRPC, gRPC-Web and Connect without TLS, over HTTP/2 (as gRPC clients speak it) and
 * HTTP/1.1 (as curl does) on one port; beside the routes gRPC's health checks and reflection.
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const { address, maxMessageBytes = 4 * 1024 * 1024 } = options;
  const { problems = () => [] } = options;
  const measured = options.measureRoutes?.(options.routes);
  const routes = measured ?? options.routes;
  const stopping = new AbortController();
  const handler = connectNodeAdapter({
    routes: (router) => {
      routes(router);
      serveGrpcTools(router, { problems, stopping: stopping.signal });
    },
    ...(measured === undefined ? {} : { fallback: measured.fallback }),
    readMaxBytes: maxMessageBytes,
    contextValues: requestContext,
  });
  const http = createHttpServer(handler);
  const http2 = createHttp2Server({ maxOutstandingPings }, handler);
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();

  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });

  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const start: Buffer | null = socket.read();
      if (start === null) return;
      socket.unshift(start);
      const isHttp2 = start.toString("latin1", 0, http2Preface.length) === http2Preface;
      (isHttp2 ? http2 : http).emit("connection", socket);
    });
  });

  return {
    address: await listen(tcp, address),
    close: async (deadlineMs) => {
      stopping.abort();
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
      http.close();
      http.closeIdleConnections();
      for (const session of sessions) session.close();
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, deadlineMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
