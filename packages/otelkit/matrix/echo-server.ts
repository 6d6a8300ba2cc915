// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouter, ConnectRouterOptions, HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import { type HttpServer, startHttpServer } from "./http-server.ts";
import type { Instrumentation } from "./instrumentation.ts";
import { type Behaviour, implement, type Text } from "./kinds.ts";
import type { Exchange } from "./observer/exchange.ts";

/** What a handler saw and did, by its own account. */
export interface HandlerLog {
  /** Resolves when it has been given a message. */
  readonly reading: Promise<void>;
  /** Messages that it was given. */
  received: number;
  /** Messages that it gave back. */
  sent: number;
  /** Whether it was told that there are no more requests. */
  hasReadToEnd: boolean;
  /** Whether it is over. */
  isOver: boolean;
}

export interface EchoServer extends HttpServer {
  readonly log: HandlerLog;
}

/** Starts a measured server of connect-node. */
export async function startEchoServer(
  version: Exchange["version"],
  behave: Behaviour,
  options: Partial<ConnectRouterOptions>,
  { wrapRoutes, serverInterceptors }: Instrumentation,
): Promise<EchoServer> {
  const { promise: reading, resolve: read } = Promise.withResolvers<void>();
  const log: HandlerLog = { reading, received: 0, sent: 0, hasReadToEnd: false, isOver: false };

  async function* behaveLogged(requests: AsyncIterable<Text>, context: HandlerContext) {
    try {
      for await (const response of behave(countRequests(requests), context)) {
        log.sent++;
        yield response;
      }
    } finally {
      log.isOver = true;
    }
  }

  async function* countRequests(requests: AsyncIterable<Text>) {
    for await (const request of requests) {
      log.received++;
      read();
      yield request;
    }
    log.hasReadToEnd = true;
  }

  const { routes, fallback } = wrapRoutes((router: ConnectRouter) => {
    router.service(EchoService, implement(behaveLogged));
  });
  const handle = connectNodeAdapter({
    ...options,
    routes,
    ...(fallback === undefined ? {} : { fallback }),
    interceptors: serverInterceptors,
  });
  return { ...(await startHttpServer(version, handle)), log };
}

/** The log of a handler that there is not. */
export function emptyHandlerLog(): HandlerLog {
  return {
    reading: new Promise(() => {}),
    received: 0,
    sent: 0,
    hasReadToEnd: false,
    isOver: false,
  };
}
