// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  type Client,
  type ConnectRouter,
  createClient,
  createRouterTransport,
  type HandlerContext,
  type Interceptor,
  type ServiceImpl,
  type Transport,
} from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import { createTestMeter, type Point } from "../manual-reader.testing.ts";
import { TestClock } from "../test-clock.testing.ts";
import { createClientInterceptor } from "./client-interceptor.ts";
import { createServerInterceptor } from "./server-interceptor.ts";

type Routes = (router: ConnectRouter) => void;

interface Link {
  transport: Transport;
  close(): Promise<void>;
}

interface Interceptors {
  server: Interceptor[];
  client: Interceptor[];
}

/** A protocol over a real connection, or in memory. */
export interface Wire {
  name: string;
  system: "grpc" | "connectrpc";
  connect(routes: Routes, interceptors: Interceptors): Promise<Link>;
}

const memory: Wire = {
  name: "Connect in memory",
  system: "connectrpc",
  async connect(routes, { server, client }) {
    const transport = createRouterTransport(routes, {
      router: { interceptors: server },
      transport: { interceptors: client },
    });
    return { transport, close: async () => {} };
  },
};

export const http2Wires: Wire[] = [
  overHttp2("gRPC over HTTP/2", "grpc", createGrpcTransport),
  overHttp2("gRPC-Web over HTTP/2", "grpc", (options) =>
    createGrpcWebTransport({ ...options, httpVersion: "2" }),
  ),
  overHttp2("Connect over HTTP/2", "connectrpc", (options) =>
    createConnectTransport({ ...options, httpVersion: "2" }),
  ),
];

export const http1Wires: Wire[] = [
  overHttp1("gRPC-Web over HTTP/1.1", "grpc", (options) =>
    createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
  ),
  overHttp1("Connect over HTTP/1.1", "connectrpc", (options) =>
    createConnectTransport({ ...options, httpVersion: "1.1" }),
  ),
];

/** Wires on which both sides can talk at once. */
export const duplexWires: Wire[] = [...http2Wires, memory];

export const allWires: Wire[] = [...duplexWires, ...http1Wires];

interface TransportOptions {
  baseUrl: string;
  interceptors: Interceptor[];
}

function overHttp2(
  name: string,
  system: Wire["system"],
  createTransport: (options: TransportOptions) => Transport,
): Wire {
  return {
    name,
    system,
    async connect(routes, { server: interceptors, client }) {
      const server = createHttp2Server(connectNodeAdapter({ routes, interceptors }));
      const sessions = new Set<ServerHttp2Session>();
      server.on("session", (session) => {
        sessions.add(session);
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      return {
        transport: createTransport({ baseUrl: baseUrl(server.address()), interceptors: client }),
        async close() {
          const closed = once(server, "close");
          server.close();
          for (const session of sessions) session.destroy();
          await closed;
        },
      };
    },
  };
}

function overHttp1(
  name: string,
  system: Wire["system"],
  createTransport: (options: TransportOptions) => Transport,
): Wire {
  return {
    name,
    system,
    async connect(routes, { server: interceptors, client }) {
      const server = createHttpServer(connectNodeAdapter({ routes, interceptors }));
      await once(server.listen(0, "127.0.0.1"), "listening");
      return {
        transport: createTransport({ baseUrl: baseUrl(server.address()), interceptors: client }),
        async close() {
          const closed = once(server, "close");
          server.close();
          server.closeAllConnections();
          await closed;
        },
      };
    },
  };
}

function baseUrl(address: string | AddressInfo | null): string {
  return `http://127.0.0.1:${(address as AddressInfo).port}`;
}

/** A measured server and a measured client of it, with one clock for each. */
export interface Measured extends AsyncDisposable {
  client: Client<typeof EchoService>;
  clocks: { server: TestClock; client: TestClock };
  /** Moves both clocks. */
  pass(ms: number): void;
  /** What was measured once both sides have finished so many calls. */
  report(calls?: number): Promise<{ server: string; client: string }>;
  /** What was measured up to now. */
  reportNow(): Promise<{ server: string; client: string }>;
}

export async function startMeasured(
  wire: Wire,
  handlers: Partial<ServiceImpl<typeof EchoService>>,
  clientInterceptors: Interceptor[] = [],
): Promise<Measured> {
  const { meterProvider, points } = createTestMeter();
  const clocks = { server: new TestClock(), client: new TestClock() };
  const link = await wire.connect((router) => router.service(EchoService, handlers), {
    server: [createServerInterceptor({ meterProvider, now: clocks.server.now })],
    client: [
      createClientInterceptor({ meterProvider, now: clocks.client.now }),
      ...clientInterceptors,
    ],
  });

  async function reportNow() {
    const all = await points();
    return { server: summary(all, "rpc.server."), client: summary(all, "rpc.client.") };
  }

  return {
    client: createClient(EchoService, link.transport),
    clocks,
    pass(ms) {
      clocks.server.ms += ms;
      clocks.client.ms += ms;
    },
    async report(calls = 1) {
      await Promise.all([clocks.server.finished(calls), clocks.client.finished(calls)]);
      return reportNow();
    },
    reportNow,
    [Symbol.asyncDispose]: () => link.close(),
  };
}

/** Such as `1 NOT_FOUND in 0.05 s, error NOT_FOUND; 0 active, 1 received, 0 sent`. */
function summary(points: Point[], prefix: string): string {
  const of = (name: string) => points.filter((point) => point.name === prefix + name);
  const value = (name: string) => of(name)[0]?.value;
  const calls = of("call.duration").map(({ value, sum, attributes }) => {
    const error = attributes["error.type"];
    const call = `${value} ${attributes["rpc.status_code"]} in ${sum} s`;
    return error === undefined ? call : `${call}, error ${error}`;
  });
  return `${calls.join("; ")}; ${value("active_calls")} active, ${value("received.messages")} received, ${value("sent.messages")} sent`;
}

/** Resolves when the caller of a handler is gone, or its deadline has passed. */
export function aborted({ signal }: HandlerContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

/** Spelling of a code in the wire's own system. */
export function spell(wire: Wire, code: string): string {
  if (wire.system === "connectrpc") return code;
  return code === "canceled" ? "CANCELLED" : code.toUpperCase();
}
