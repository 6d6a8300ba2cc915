// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
// @ts-expect-error An alias, which types are not found for: they are those of Express 5.
import express4 from "express-4";
import fastify from "fastify";
import { expect, onTestFinished, test } from "vitest";
import { setHttpRoute } from "./http-server.ts";
import { createHttpMiddleware, instrumentHttpHandler } from "./node-http.ts";
import { eventually, recordSeries } from "./record-series.testing.ts";

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An app with routers that are mounted at patterns. */
function expressApp(create: typeof express) {
  const posts = create.Router();
  posts.get("/", (_req, res) => void res.json([]));
  posts.get("/:post", (req, res, next) =>
    req.params.post === "bad" ? next(new Error("no")) : res.json({}),
  );
  posts.use((_req, res) => void res.status(404).end());
  const app = create();
  app.get("/health", (_req, res) => void res.end());
  app.use("/users/:user/posts", posts);
  app.use(
    ((_error, _req, res, _next) => void res.status(500).end()) as express.ErrorRequestHandler,
  );
  return app;
}

test.each([
  ["Express 5", express],
  ["Express 4", express4 as typeof express],
])(
  "instrumentHttpHandler() tells the routes of %s, wherever they are mounted",
  async (_, create) => {
    const { options, series } = recordSeries();
    const url = await listen(instrumentHttpHandler(expressApp(create), options));
    for (const path of [
      "/health",
      "/users/7/posts",
      "/users/7/posts/8?a=b",
      "/users/a%20b/posts/9",
      "/USERS/7/Posts/8",
      "/users/7/posts/bad",
      "/users/7/posts/8/else",
      "/else",
    ]) {
      await (await fetch(url + path)).text();
    }
    const line = (status: number, route: string, count: number) =>
      `http.request.method=GET http.response.status_code=${status}${route} url.scheme=http ${count}/0`;
    await eventually(
      () => series("http.server.request.duration"),
      [
        `error.type=500 ${line(500, " http.route=/users/:user/posts/:post", 1)}`,
        line(200, " http.route=/health", 1),
        line(200, " http.route=/users/:user/posts", 1),
        line(200, " http.route=/users/:user/posts/:post", 3),
        line(404, "", 2),
      ],
    );
  },
);

test("createHttpMiddleware() measures an Express app from within", async () => {
  const { options, series } = recordSeries();
  const app = express();
  app.use(createHttpMiddleware(options));
  app.use(express.json());
  app.post("/items/:id", (req, res) => void res.json(req.body));
  const url = await listen(app);
  const response = await fetch(`${url}/items/7`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"a":1}',
  });
  expect(await response.json()).toEqual({ a: 1 });
  const tail =
    "http.request.method=POST http.response.status_code=200 http.route=/items/:id url.scheme=http 1/7";
  await eventually(() => series("http.server.request.body.size"), [tail]);
  expect(await series("http.server.response.body.size")).toEqual([tail]);
});

test("createHttpMiddleware() and setHttpRoute() measure a Fastify app by its hook", async () => {
  const { options, series } = recordSeries();
  const measure = createHttpMiddleware(options);
  const app = fastify();
  onTestFinished(() => app.close());
  app.addHook("onRequest", (request, reply, done) => {
    measure(request.raw, reply.raw, done);
    setHttpRoute(request.raw, request.routeOptions.url);
  });
  app.get("/items/:id", async () => ({ ok: true }));
  app.get("/broken", async () => {
    throw new Error("no");
  });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  for (const path of ["/items/7", "/broken", "/else"]) await (await fetch(url + path)).text();
  const line = (status: number, route: string) =>
    `http.request.method=GET http.response.status_code=${status}${route} url.scheme=http 1/0`;
  await eventually(
    () => series("http.server.request.duration"),
    [
      `error.type=500 ${line(500, " http.route=/broken")}`,
      line(200, " http.route=/items/:id"),
      line(404, ""),
    ],
  );
});
