// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer as createHttpServer, request as requestHttp } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { becomes } from "../patience.ts";
import type { Half } from "./exchange.ts";
import { type ObservingProxy, startObservingProxy } from "./observing-proxy.ts";

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const body = Buffer.concat(Array.from({ length: 400 }, () => allBytes));
/** Every character that a header may have, so that all of HPACK's codes for them are used. */
const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 33 + index));

test("startObservingProxy() reads headers, bodies and trailers of HTTP/2", async () => {
  const { origin, proxy } = await startHttp2();
  const session = connect(origin);
  onTestFinished(() => session.destroy());
  // Twice: the second request names what both ends remember of the first.
  for (const [index, value] of [printable, printable].entries()) {
    const stream = session.request({ ":method": "POST", ":path": "/echo", "x-value": value });
    stream.end(body);
    const received: Buffer[] = [];
    for await (const chunk of stream) received.push(chunk);
    expect(Buffer.concat(received).equals(body)).toBe(true);

    const exchange = proxy.exchanges[index];
    await becomes(() => exchange?.response.isComplete === true);
    expect(summary(exchange?.request)).toEqual({
      ":method": "POST",
      ":path": "/echo",
      "x-value": printable,
      bytes: body.length,
      trailers: {},
      isComplete: true,
    });
    expect(summary(exchange?.response)).toEqual({
      ":status": "200",
      "x-value": printable,
      bytes: body.length,
      trailers: { "x-end": "over" },
      isComplete: true,
    });
    expect(exchange?.response.body.equals(body)).toBe(true);
  }
  expect(proxy.faults).toEqual([]);
});

test("startObservingProxy() tells who reset a stream of HTTP/2", async () => {
  const { origin, proxy } = await startHttp2();
  const session = connect(origin);
  onTestFinished(() => session.destroy());
  const byClient = session.request({ ":method": "POST", ":path": "/wait" }, { endStream: false });
  byClient.on("error", () => {});
  byClient.write("x");
  await becomes(() => proxy.exchanges[0]?.request.body.length === 1);
  byClient.close(8);
  const byServer = session.request({ ":method": "POST", ":path": "/reset" });
  byServer.on("error", () => {});
  await becomes(() => proxy.exchanges.every(({ breaks }) => breaks.length > 0));
  const breaks = proxy.exchanges.map((exchange) =>
    exchange.breaks.map(({ by, resetCode }) => `${by} ${resetCode}`),
  );
  expect(breaks).toEqual([["client 8"], ["server 2"]]);
});

test("startObservingProxy() reads one exchange after the other of HTTP/1.1", async () => {
  const { port, proxy } = await startHttp1();
  for (const framing of ["chunked", "length"]) {
    const request = requestHttp({ port, method: "POST", path: `/${framing}`, agent: false });
    if (framing === "length") request.setHeader("content-length", body.length);
    request.end(body);
    const [response] = await once(request, "response");
    const received: Buffer[] = [];
    for await (const chunk of response) received.push(chunk);
    expect(Buffer.concat(received).equals(body)).toBe(true);
  }
  expect(proxy.exchanges.map(({ response }) => summary(response))).toEqual([
    { ":status": "200", bytes: body.length, trailers: { "x-end": "over" }, isComplete: true },
    { ":status": "200", bytes: body.length, trailers: {}, isComplete: true },
  ]);
  const paths = proxy.exchanges.map(({ request }) => request.head?.get(":path"));
  expect(paths).toEqual(["/chunked", "/length"]);
  expect(proxy.exchanges.every(({ request }) => request.body.equals(body))).toBe(true);
});

test("startObservingProxy() tells that it cut a connection", async () => {
  const { port, proxy } = await startHttp1();
  const request = requestHttp({ port, method: "POST", path: "/wait", agent: false });
  const failed = once(request, "error");
  request.write("x");
  await becomes(() => proxy.exchanges[0]?.request.body.length === 1);
  proxy.cut();
  await failed;
  const [exchange] = proxy.exchanges;
  expect(exchange?.request.isComplete).toBe(false);
  expect(exchange?.breaks.map(({ by }) => by)).toEqual(["network"]);
});

async function startHttp2(): Promise<{ origin: string; proxy: ObservingProxy }> {
  const server = createHttp2Server();
  server.on("stream", async (stream, headers) => {
    stream.on("error", () => {});
    if (headers[":path"] === "/reset") return stream.close(2);
    if (headers[":path"] === "/wait") return stream.resume();
    const received: Buffer[] = [];
    for await (const chunk of stream) received.push(chunk);
    stream.respond({ ":status": 200, "x-value": headers["x-value"] }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-end": "over" }));
    return stream.end(Buffer.concat(received));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const proxy = await startObservingProxy("2", (server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  return { origin: `http://127.0.0.1:${proxy.port}`, proxy };
}

async function startHttp1(): Promise<{ port: number; proxy: ObservingProxy }> {
  const server = createHttpServer(async (request, response) => {
    if (request.url === "/wait") return;
    const received: Buffer[] = [];
    for await (const chunk of request) received.push(chunk);
    const all = Buffer.concat(received);
    if (request.url === "/length") response.setHeader("content-length", all.length);
    else response.setHeader("trailer", "x-end").addTrailers({ "x-end": "over" });
    // In two pieces, or the response would not be chunked.
    response.write(all.subarray(0, 1000));
    response.end(all.subarray(1000));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const proxy = await startObservingProxy("1.1", (server.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.close();
    server.close();
    server.closeAllConnections();
  });
  return { port: proxy.port, proxy };
}

/** The fields of HTTP that are the same everywhere, and those that tests send. */
function summary(half: Half | undefined) {
  const fields = [...(half?.head ?? [])].filter(([name]) =>
    [":method", ":path", ":status", "x-value"].includes(name),
  );
  return {
    ...Object.fromEntries(fields),
    bytes: half?.body.length,
    trailers: Object.fromEntries(half?.trailers ?? []),
    isComplete: half?.isComplete,
  };
}
