// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { HandlerContext } from "@connectrpc/connect";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Library, startLibrary } from "./library.testing.ts";

/** A call that ends only when its client cancels it. */
function createHangingCall() {
  const started = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const call = (_request: unknown, { signal }: HandlerContext) =>
    new Promise<never>((_resolve, reject) => {
      started.resolve();
      signal.addEventListener("abort", () => {
        cancelled.resolve();
        reject(signal.reason);
      });
    });
  return { call, started: started.promise, cancelled: cancelled.promise };
}

/** Sends text on a connection of its own, and gives back all that comes until it is closed. */
async function talk({ port }: Library, request: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  return text(socket);
}

test("Gateway.node() cancels the call when the client goes away", async () => {
  const hanging = createHangingCall();
  await using library = await startLibrary({ healthz: hanging.call });
  const gone = new AbortController();
  const answer = fetch(library.url, { signal: gone.signal });
  await hanging.started;
  gone.abort();
  await expect(answer).rejects.toThrow();
  await hanging.cancelled;
});

test("Gateway.node() cancels the call when an HTTP/2 stream is reset", async () => {
  const hanging = createHangingCall();
  await using library = await startLibrary({ healthz: hanging.call });
  const session = connectHttp2(library.http2Url);
  const stream = session.request({ ":path": "/" });
  await hanging.started;
  stream.close(8);
  await hanging.cancelled;
  session.close();
});

test("Gateway.fetch() cancels the call when the request is aborted", async () => {
  const hanging = createHangingCall();
  await using library = await startLibrary({ healthz: hanging.call });
  const gone = new AbortController();
  const request = new Request("http://gateway/", { signal: gone.signal });
  const answer = library.gateway.fetch(request);
  await hanging.started;
  gone.abort();
  await hanging.cancelled;
  expect((await answer).status).toBe(499);
});

test("Gateway.node() makes no call of a body that its client did not finish", async () => {
  let calls = 0;
  await using library = await startLibrary({
    archiveBook: () => {
      calls++;
      return {};
    },
    healthz: () => ({}),
  });
  const socket = connect(library.port, "127.0.0.1");
  socket.write("POST /v1/books/1:archive HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n");
  await once(socket, "ready");
  socket.destroy();

  const session = connectHttp2(library.http2Url);
  const stream = session.request({ ":method": "POST", ":path": "/v1/books/1:archive" });
  await once(stream, "ready");
  stream.on("error", () => {});
  stream.destroy(new Error("gone"));
  await new Promise((resolve) => stream.once("close", resolve));
  session.close();

  await fetch(library.url);
  expect(calls).toBe(0);
});

test("Gateway.node() answers over HTTP/2", async () => {
  await using library = await startLibrary({
    archiveBook: ({ id, reason }, { requestHeader }) => ({
      id,
      reason: `${reason} ${requestHeader.get("x-forwarded-host")}`,
    }),
  });
  const session = connectHttp2(library.http2Url);
  const stream = session.request({ ":method": "POST", ":path": "/v1/books/1:archive" });
  stream.end('{"reason":"old"}');
  const [headers] = await once(stream, "response");
  expect([headers[":status"], await text(stream)]).toEqual([
    200,
    `{"id":"1","reason":"old ${new URL(library.http2Url).host}"}`,
  ]);
  session.close();
});

test("Gateway.node() answers a target that is a whole URL", async () => {
  await using library = await startLibrary({ getFile: ({ path }) => ({ path }) });
  const answer = await talk(
    library,
    "GET http://example.com/v1/files/a?x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
  );
  expect(answer).toMatch(/^HTTP\/1.1 200 OK[\s\S]*\{"path":"a"\}$/);
});

test("Gateway.node() answers 400 to a target that is no path", async () => {
  await using library = await startLibrary({});
  const answer = await talk(library, "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  expect(answer).toMatch(
    /^HTTP\/1.1 400 [\s\S]*\{"code":3,"message":"Bad Request","details":\[\]\}$/,
  );
});

test("Gateway.node() keeps a connection whose request it read", async () => {
  await using library = await startLibrary({ healthz: () => ({ status: "ok" }) });
  const answer = await talk(
    library,
    "POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody" +
      "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
  );
  expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 404", "HTTP/1.1 200"]);
});

test("Gateway.node() answers a client that is still sending, and then closes", async () => {
  await using library = await startLibrary({ archiveBook: () => ({}) });
  const socket = connect(library.port, "127.0.0.1");
  socket.write("POST /v1/books/1:archive HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n");
  // The answer is there before the body is.
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(/^HTTP\/1.1 413 [\s\S]*connection: close[\s\S]*"code":8/);
  // What is sent after is read, and does not break the connection.
  for (let sent = 0; sent < 99_999_999; ) {
    const part = Buffer.alloc(Math.min(1 << 20, 99_999_999 - sent));
    if (!socket.write(part)) await once(socket, "drain");
    sent += part.byteLength;
  }
  await once(socket, "end");
});

test("Gateway.node() closes on a client that goes on sending for 5 seconds", async () => {
  await using library = await startLibrary({});
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const socket = connect(library.port, "127.0.0.1");
  socket.write("POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\nx");
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(/^HTTP\/1.1 404 /);
  const ended = once(socket, "end");
  vi.advanceTimersByTime(4999);
  expect(socket.write("x")).toBe(true);
  vi.advanceTimersByTime(1);
  await ended;
});

test("Gateway.node() answers an HTTP/2 client that is still sending, and resets its stream", async () => {
  await using library = await startLibrary({});
  const session = connectHttp2(library.http2Url);
  const stream = session.request({ ":method": "POST", ":path": "/nowhere" });
  stream.write("body");
  const [headers] = await once(stream, "response");
  expect([headers[":status"], await text(stream)]).toEqual([
    404,
    '{"code":5,"message":"Not Found","details":[]}',
  ]);
  await once(stream, "close");
  expect(stream.rstCode).toBe(0);
  session.close();
});
