// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type InstrumentRoutesOptions, instrumentRoutes } from "@labwire/otelkit";
import { EchoService } from "@labwire/testdata/echo";

function act(text: string): string {
  if (text === "not found") throw new ConnectError("no such thing", Code.NotFound);
  if (text === "error") throw new Error("a fault");
  return text === "large" ? "y".repeat(200_000) : text;
}

function aborted({ signal }: HandlerContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function routes({ service }: ConnectRouter) {
  service(EchoService, {
    unary: ({ text }) => ({ text: act(text) }),
    unaryIdempotent: ({ text }) => ({ text: act(text) }),
    async clientStream(requests) {
      for await (const { text } of requests) return { texts: [text] };
      return { texts: [] };
    },
    async *serverStream({ text, count }, context) {
      yield { text };
      if (text === "break") throw new ConnectError("broken", Code.Aborted);
      if (text === "wait") await aborted(context);
      for (let n = 1; n < count; n++) yield { text };
    },
    async *bidiStream(requests) {
      for await (const { text } of requests) yield { text };
    },
  });
}

/** Starts one server for HTTP/1.1 and one for HTTP/2, which share the measurements. */
export async function startSoakServers(options: InstrumentRoutesOptions) {
  const measured = instrumentRoutes(routes, options);
  const limits = { readMaxBytes: 100_000, writeMaxBytes: 100_000 };
  const adapter = connectNodeAdapter({ routes: measured, fallback: measured.fallback, ...limits });
  const http1 = createHttpServer(adapter);
  const http2 = createHttp2Server(adapter);
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  await Promise.all([
    once(http1.listen(0, "127.0.0.1"), "listening"),
    once(http2.listen(0, "127.0.0.1"), "listening"),
  ]);
  return {
    http1Port: (http1.address() as AddressInfo).port,
    http2Port: (http2.address() as AddressInfo).port,
    async close() {
      http1.closeAllConnections();
      for (const session of sessions) session.destroy();
      const closed = [once(http1, "close"), once(http2, "close")];
      http1.close();
      http2.close();
      await Promise.all(closed);
    },
  };
}
