// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { instrumentFetch } from "./fetch-client.ts";
import { recordSeries } from "./record-series.testing.ts";

const duration = "http.client.request.duration";

async function serve(): Promise<number> {
  const server = createServer((req, res) => {
    if (req.url === "/hang") return;
    res.statusCode = Number(req.url?.slice(1)) || 200;
    res.end("body");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

test("instrumentFetch() records method, server, status and what went wrong", async () => {
  const { options, series } = recordSeries();
  const port = await serve();
  const measured = instrumentFetch(fetch, { ...options, attributes: { peer: "blog" } });
  const url = `http://127.0.0.1:${port}`;
  expect(await (await measured(url)).text()).toBe("body");
  await measured(new URL("/404", url), { method: "post" });
  await measured(new Request(`${url}/503`, { method: "PURGE" }));
  const timeout = measured(`${url}/hang`, { signal: AbortSignal.timeout(30) });
  await expect(timeout).rejects.toThrow(expect.objectContaining({ name: "TimeoutError" }));

  const server = `server.address=127.0.0.1 server.port=${port} url.scheme=http`;
  expect(await series(duration)).toEqual([
    `error.type=404 http.request.method=POST http.response.status_code=404 peer=blog ${server} 1/0`,
    `error.type=503 http.request.method=_OTHER http.response.status_code=503 peer=blog ${server} 1/0`,
    `error.type=TimeoutError http.request.method=GET peer=blog ${server} 1/0`,
    `http.request.method=GET http.response.status_code=200 peer=blog ${server} 1/0`,
  ]);
  expect(await series("http.client.active_requests")).toEqual([
    `http.request.method=GET peer=blog ${server} 0`,
    `http.request.method=POST peer=blog ${server} 0`,
    `http.request.method=_OTHER peer=blog ${server} 0`,
  ]);
});

test("instrumentFetch() tells a refused connection by its code, and a bad URL", async () => {
  const { options, series } = recordSeries();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const measured = instrumentFetch(fetch, options);
  await expect(measured(`http://127.0.0.1:${port}`)).rejects.toThrow(TypeError);
  await expect(measured("/relative")).rejects.toThrow(TypeError);
  expect(await series(duration)).toEqual([
    `error.type=ECONNREFUSED http.request.method=GET server.address=127.0.0.1 server.port=${port} url.scheme=http 1/0`,
    "error.type=ERR_INVALID_URL http.request.method=GET 1/0",
  ]);
});

test("instrumentFetch() takes a template, and the default ports", async () => {
  const { options, series } = recordSeries();
  const answer = async () => new Response();
  const template = ({ pathname }: URL) =>
    pathname.startsWith("/users/") ? "/users/{id}" : undefined;
  const measured = instrumentFetch(answer, { ...options, template });
  await measured("https://a.example/users/7");
  await measured("http://[::1]/else");
  const head = "http.request.method=GET http.response.status_code=200";
  expect(await series(duration)).toEqual([
    `${head} server.address=::1 server.port=80 url.scheme=http 1/0`,
    `${head} server.address=a.example server.port=443 url.scheme=https url.template=/users/{id} 1/0`,
  ]);
});
