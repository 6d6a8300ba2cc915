// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer } from "node:http";
import { expressConnectMiddleware } from "@connectrpc/connect-express";
import { createConnectTransport } from "@connectrpc/connect-node";
import express from "express";
// @ts-expect-error An alias, which types are not found for: they are those of Express 5.
import express4 from "express-4";
import { describe, expect, test } from "vitest";
import {
  expectCallsCounted,
  expectRefusalsCounted,
  type Serve,
  serveEcho,
} from "./adapter-suite.testing.ts";
import { listen } from "./node.testing.ts";

const versions: [string, typeof express][] = [
  ["Express 5", express],
  ["Express 4", express4],
];

describe.each(versions)("%s", (_, create) => {
  function serveWith(...before: express.RequestHandler[]): Serve {
    return async (routes) => {
      const app = create();
      for (const middleware of before) app.use(middleware);
      app.use(expressConnectMiddleware({ routes }));
      app.use((req, _res, next) => {
        routes.countUnknown(req);
        next();
      });
      const { url, close } = await listen(createServer(app));
      return {
        url,
        transport: createConnectTransport({ baseUrl: url, httpVersion: "1.1" }),
        close,
      };
    };
  }

  test("instrumentRoutes() in expressConnectMiddleware() counts Connect calls", () =>
    expectCallsCounted(serveWith(), "Connect"));

  test("instrumentRoutes() in expressConnectMiddleware() counts what it refuses", () =>
    expectRefusalsCounted(serveWith()));

  test("instrumentRoutes() in expressConnectMiddleware() counts JSON that Express has parsed", async () => {
    const { url, report } = await serveEcho(serveWith(create.json()));
    const statuses: number[] = [];
    for (const text of ["a", "fail"]) {
      const { status } = await fetch(`${url}/labwire.testdata.v1.EchoService/Unary`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text }),
      });
      statuses.push(status);
    }
    expect(statuses).toEqual([200, 404]);
    await expect
      .poll(report, { timeout: 10_000 })
      .toEqual(["Unary OK 1", "Unary not_found 1", "Unary sent 1", "active 0"]);
  });
});
