// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  createRouterTransport,
  type HandlerContext,
} from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import type { MeterProvider } from "@opentelemetry/api";
import { createClientInterceptor } from "../src/connect/client-interceptor.ts";
import { instrumentRoutes } from "../src/connect/instrument-routes.ts";
import { readAll } from "../src/connect/read-all.testing.ts";
import { createServerInterceptor } from "../src/connect/server-interceptor.ts";
import { startMetricsServer } from "../src/prometheus/metrics-server.ts";

/** Where the metrics of each job are while calls of all kinds are made. */
export interface MeasuredLoad extends AsyncDisposable {
  readonly targets: Readonly<Record<"shop" | "web" | "crowded", string>>;
  /** Makes no further calls, and waits for those under way. The targets stay. */
  stop(): Promise<void>;
}

const options = {
  presets: ["semconv", "grpc", "otelconnect"],
  details: ["first_message", "timeout"],
} as const;

/** A server, a client that calls it without end, and a server with too many series. */
export async function startMeasuredLoad(): Promise<MeasuredLoad> {
  const resources = new AsyncDisposableStack();
  const shop = resources.use(await startMetricsServer({ port: 0 }));
  const web = resources.use(await startMetricsServer({ port: 0 }));
  const crowded = resources.use(await startMetricsServer({ port: 0 }));

  const routes = instrumentRoutes(serveEcho, { ...options, meterProvider: shop.meterProvider });
  const server = createServer(connectNodeAdapter({ routes, fallback: routes.fallback }));
  await once(server.listen(0, "127.0.0.1"), "listening");
  resources.defer(async () => {
    const closed = once(server, "close");
    server.close();
    await closed;
  });

  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const interceptors = [createClientInterceptor({ ...options, meterProvider: web.meterProvider })];
  const sessionManager = new Http2SessionManager(baseUrl);
  resources.defer(() => sessionManager.abort());
  const transport = { baseUrl, httpVersion: "2", interceptors, sessionManager } as const;
  const enough = new AbortController();
  const load = Promise.all(
    [createGrpcTransport, createConnectTransport].map((createTransport) =>
      callUntil(enough.signal, createClient(EchoService, createTransport(transport)), routes),
    ),
  );
  async function stop(): Promise<void> {
    enough.abort();
    await load;
  }
  resources.defer(stop);
  await fillSeries(crowded.meterProvider);
  return {
    targets: { shop: shop.url, web: web.url, crowded: crowded.url },
    stop,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function serveEcho({ service }: ConnectRouter) {
  service(EchoService, {
    async unary({ text }, context) {
      if (text === "missing") throw new ConnectError("no such text", Code.NotFound);
      if (text === "broken") throw new Error("broken");
      if (text === "slow") await rejectedOnAbort(context);
      return { text };
    },
    clientStream: async (requests) => ({ texts: await readAll(requests) }),
    async *serverStream({ text }) {
      yield* Array.from(text, (letter) => ({ text: letter }));
    },
    async *bidiStream(requests) {
      for await (const { text } of requests) yield { text };
    },
  });
}

function rejectedOnAbort({ signal }: HandlerContext): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** Every kind of call, and what goes wrong with calls, over and over. */
async function callUntil(
  stop: AbortSignal,
  client: Client<typeof EchoService>,
  routes: ReturnType<typeof instrumentRoutes>,
): Promise<void> {
  async function* requests() {
    yield { text: "a" };
    yield { text: "b" };
  }
  while (!stop.aborted) {
    await client.unary({ text: "fine" }, { timeoutMs: 10_000 });
    await client.unary({ text: "missing" }).catch(() => {});
    await client.unary({ text: "broken" }).catch(() => {});
    await client.unary({ text: "slow" }, { timeoutMs: 20 }).catch(() => {});
    await client.clientStream(requests());
    await readAll(client.serverStream({ text: "abc" }));
    await readAll(client.bidiStream(requests()));
    routes.countUnknown({
      url: "/no.Such/Method",
      headers: { "content-type": "application/grpc+proto" },
    });
    await sleep(50);
  }
}

/** An attribute that callers choose, which is what nobody should have. */
async function fillSeries(meterProvider: MeterProvider): Promise<void> {
  let tenant = 0;
  const interceptor = createServerInterceptor({
    meterProvider,
    attributes: () => ({ tenant: tenant++ }),
  });
  const transport = createRouterTransport(serveEcho, { router: { interceptors: [interceptor] } });
  const client = createClient(EchoService, transport);
  for (let i = 0; i < 2100; i++) await client.unary({ text: "fine" });
}
