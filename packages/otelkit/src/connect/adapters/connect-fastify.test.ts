// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import {
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import fastify from "fastify";
import { expect, test } from "vitest";
import {
  expectCallsCounted,
  expectRefusalsCounted,
  type Serve,
  serveEcho,
} from "./adapter-suite.testing.ts";

const serveHttp1: Serve = async (routes) => {
  const app = fastify();
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.is404) routes.countUnknown(request);
    done();
  });
  await app.register(fastifyConnectPlugin, { routes });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1" });
  return { url, transport, close: () => app.close() };
};

const serveHttp2: Serve = async (routes) => {
  const app = fastify({ http2: true });
  await app.register(fastifyConnectPlugin, { routes });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  const sessionManager = new Http2SessionManager(url);
  return {
    transport: createGrpcTransport({ baseUrl: url, sessionManager }),
    async close() {
      sessionManager.abort();
      await app.close();
    },
  };
};

test("instrumentRoutes() in fastifyConnectPlugin() counts Connect calls over HTTP/1.1", () =>
  expectCallsCounted(serveHttp1, "Connect"));

test("instrumentRoutes() in fastifyConnectPlugin() counts gRPC calls over HTTP/2", () =>
  expectCallsCounted(serveHttp2, "gRPC"));

test("instrumentRoutes() in fastifyConnectPlugin() counts what it refuses", () =>
  expectRefusalsCounted(serveHttp1));

test("instrumentRoutes() in fastifyConnectPlugin() counts JSON that Fastify can parse", async () => {
  const { url, report } = await serveEcho(serveHttp1);
  const post = (body: string) =>
    fetch(`${url}/labwire.testdata.v1.EchoService/Unary`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  expect(await (await post('{"text":"a"}')).json()).toEqual({ text: "a" });
  expect((await post("{")).status).toBe(400);
  await expect
    .poll(report, { timeout: 10_000 })
    .toEqual(["Unary OK 1", "Unary invalid_argument 1", "Unary sent 1", "active 0"]);
});
