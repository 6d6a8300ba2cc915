// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createServer, type ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { httpUrl } from "./address.ts";
import { closeHttpServer } from "./close-http-server.ts";
import { listen } from "./listen.ts";

test("closeHttpServer() lets the request under way finish", async () => {
  const { server, asked, answer } = await startServer();
  const response = await asked;

  const closed = closeHttpServer(server, 60_000);
  response.end("whole");

  expect(await (await answer).text()).toBe("whole");
  await closed;
});

test("closeHttpServer() cuts a request that outlasts the deadline", async () => {
  const { server, asked, answer } = await startServer();
  const failed = expect(answer).rejects.toThrow();
  await asked;

  await closeHttpServer(server, 1);
  await failed;
});

async function startServer() {
  const asked = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => asked.resolve(response));
  const address = await listen(server, { host: "127.0.0.1", port: 0 });
  return { server, asked: asked.promise, answer: fetch(httpUrl(address)) };
}
