// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { test } from "vitest";
import { expectCallsCounted, expectRefusalsCounted, type Serve } from "./adapter-suite.testing.ts";
import { listen } from "./node.testing.ts";

const serveHttp1: Serve = async (routes) => {
  const server = createServer(connectNodeAdapter({ routes, fallback: routes.fallback }));
  const { url, close } = await listen(server);
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1" });
  return { url, transport, close };
};

const serveHttp2: Serve = async (routes) => {
  const server = createHttp2Server(connectNodeAdapter({ routes, fallback: routes.fallback }));
  const { url, close } = await listen(server);
  const sessionManager = new Http2SessionManager(url);
  return {
    transport: createGrpcTransport({ baseUrl: url, sessionManager }),
    async close() {
      sessionManager.abort();
      await close();
    },
  };
};

const serveGrpcWeb: Serve = async (routes) => {
  const served = await serveHttp1(routes);
  const baseUrl = served.url ?? "";
  return { ...served, transport: createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }) };
};

test("instrumentRoutes() in connectNodeAdapter() counts Connect calls over HTTP/1.1", () =>
  expectCallsCounted(serveHttp1, "Connect"));

test("instrumentRoutes() in connectNodeAdapter() counts gRPC-Web calls over HTTP/1.1", () =>
  expectCallsCounted(serveGrpcWeb, "gRPC"));

test("instrumentRoutes() in connectNodeAdapter() counts gRPC calls over HTTP/2", () =>
  expectCallsCounted(serveHttp2, "gRPC"));

test("instrumentRoutes() in connectNodeAdapter() counts what it refuses", () =>
  expectRefusalsCounted(serveHttp1));
