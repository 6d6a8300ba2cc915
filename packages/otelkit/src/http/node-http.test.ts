// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { EventEmitter, once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { connect as connectHttp2, constants, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect as connectTcp, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { type DiagLogger, diag } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import type { HttpServerOptions } from "./http-server.ts";
import { setHttpRoute } from "./http-server.ts";
import { createHttpMiddleware, instrumentHttpHandler } from "./node-http.ts";
import type { NodeRequest } from "./node-messages.ts";
import type { HttpServerMetric } from "./presets.ts";
import { eventually, recordSeries } from "./record-series.testing.ts";

type Handler = (req: NodeRequest, res: ServerResponse) => void;

const duration = "http.server.request.duration";
const active = "http.server.active_requests";

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An HTTP/1.1 server with the handler, and what it measured. */
async function serveHttp1(handler: Handler, options: HttpServerOptions<IncomingMessage> = {}) {
  const recorded = recordSeries();
  const listener = instrumentHttpHandler(handler, {
    ...recorded.options,
    ...options,
  });
  const server = createServer(listener);
  const port = await listen(server);
  onTestFinished(() => server.closeAllConnections());
  return { ...recorded, server, port, url: `http://127.0.0.1:${port}` };
}

async function serveHttp2(handler: Handler) {
  const recorded = recordSeries();
  const server = createHttp2Server(instrumentHttpHandler(handler, recorded.options));
  const port = await listen(server);
  const client = connectHttp2(`http://127.0.0.1:${port}`);
  onTestFinished(() => client.destroy());
  return { ...recorded, client };
}

function answer(_req: NodeRequest, res: ServerResponse): void {
  res.writeHead(200);
  res.write("he");
  res.end("llo");
}

test("instrumentHttpHandler() records method, scheme, status, duration and sizes of requests", async () => {
  const { url, series, clock } = await serveHttp1((req, res) => {
    clock.ms += 20;
    req.resume();
    answer(req, res);
  });
  await (await fetch(url)).text();
  await (await fetch(url, { method: "POST", body: "four" })).text();
  await fetch(url, { method: "HEAD" });

  await eventually(
    () => series(active),
    [
      "http.request.method=GET url.scheme=http 0",
      "http.request.method=HEAD url.scheme=http 0",
      "http.request.method=POST url.scheme=http 0",
    ],
  );
  const tail = "http.response.status_code=200 url.scheme=http";
  expect(await series(duration)).toEqual([
    `http.request.method=GET ${tail} 1/0.02`,
    `http.request.method=HEAD ${tail} 1/0.02`,
    `http.request.method=POST ${tail} 1/0.02`,
  ]);
  expect(await series("http.server.request.body.size")).toEqual([
    `http.request.method=GET ${tail} 1/0`,
    `http.request.method=HEAD ${tail} 1/0`,
    `http.request.method=POST ${tail} 1/4`,
  ]);
  expect(await series("http.server.response.body.size")).toEqual([
    `http.request.method=GET ${tail} 1/5`,
    `http.request.method=HEAD ${tail} 1/0`,
    `http.request.method=POST ${tail} 1/5`,
  ]);
});

test("instrumentHttpHandler() counts each of several requests on one connection", async () => {
  const { port, series } = await serveHttp1((req, res) => {
    res.statusCode = req.url === "/missing" ? 404 : 200;
    res.end();
  });
  const socket = connectTcp(port, "127.0.0.1");
  const head = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
  socket.end(head("/") + head("/missing") + head("/", "Connection: close\r\n"));
  await text(socket);
  await eventually(
    () => series(duration),
    [
      "http.request.method=GET http.response.status_code=200 url.scheme=http 2/0",
      "http.request.method=GET http.response.status_code=404 url.scheme=http 1/0",
    ],
  );
});

test("instrumentHttpHandler() tells a 5xx as an error, and no other method than the known ones", async () => {
  const { url, series } = await serveHttp1((_req, res) => {
    res.statusCode = 503;
    res.end();
  });
  await fetch(url, { method: "PURGE" });
  const tail =
    "error.type=503 http.request.method=_OTHER http.response.status_code=503 url.scheme=http";
  await eventually(() => series(duration), [`${tail} 1/0`]);
});

test("instrumentHttpHandler() counts the bytes of chunked requests and of compressed responses", async () => {
  const { url, series } = await serveHttp1(async (req, res) => {
    const body = await text(req);
    res.setHeader("content-encoding", "gzip");
    const gzip = createGzip();
    gzip.pipe(res);
    gzip.end(body.repeat(1000));
  });
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("ten bytes."));
      controller.enqueue(new TextEncoder().encode("and ten m."));
      controller.close();
    },
  });
  const response = await fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
  expect(await response.text()).toHaveLength(20_000);
  await eventually(
    () => series("http.server.request.body.size"),
    [expect.stringMatching(/ 1\/20$/)],
  );
  const [size] = await series("http.server.response.body.size");
  expect(Number(size?.split("/").at(-1))).toBeLessThan(1000);
});

test("instrumentHttpHandler() ends a request whose client left before the answer", async () => {
  const arrived = Promise.withResolvers<void>();
  const { url, series } = await serveHttp1(() => arrived.resolve());
  const request = httpRequest(url, { method: "POST" });
  request.on("error", () => {});
  request.write("half of");
  await arrived.promise;
  request.destroy();
  await eventually(
    () => series(duration),
    ["error.type=aborted http.request.method=POST url.scheme=http 1/0"],
  );
  expect(await series(active)).toEqual(["http.request.method=POST url.scheme=http 0"]);
});

test("instrumentHttpHandler() ends a request whose client left in the middle of the answer", async () => {
  const { url, series } = await serveHttp1((_req, res) => {
    res.writeHead(200);
    res.write("first");
  });
  const request = httpRequest(url).end();
  request.on("error", () => {});
  const [response] = await once(request, "response");
  await once(response, "data");
  response.destroy();
  await eventually(
    () => series(duration),
    [
      "error.type=aborted http.request.method=GET http.response.status_code=200 url.scheme=http 1/0",
    ],
  );
  expect(await series("http.server.response.body.size")).toEqual([expect.stringMatching(/ 1\/5$/)]);
});

test("instrumentHttpHandler() leaves upgrades to their own listener", async () => {
  const { port, server, series } = await serveHttp1(answer);
  server.on("upgrade", (_req, socket) => {
    socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  });
  const socket = connectTcp(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  expect(await text(socket)).toContain("101");
  expect(await series(active)).toEqual([]);
});

test("instrumentHttpHandler() ends a request whose handler took the socket over", async () => {
  const { port, series } = await serveHttp1((req) => {
    req.socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  const socket = connectTcp(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await text(socket);
  socket.destroy();
  await eventually(() => series(active), ["http.request.method=GET url.scheme=http 0"]);
});

test("instrumentHttpHandler() records requests over HTTP/2", async () => {
  const { client, series } = await serveHttp2((req, res) => {
    req.resume();
    req.on("end", () => answer(req, res));
  });
  const stream = client.request({ ":method": "POST" });
  stream.end("four");
  expect(await text(stream)).toBe("hello");
  await text(client.request({ ":method": "HEAD" }));
  const tail = "http.response.status_code=200 url.scheme=http";
  await eventually(
    () => series("http.server.response.body.size"),
    [`http.request.method=HEAD ${tail} 1/0`, `http.request.method=POST ${tail} 1/5`],
  );
  expect(await series("http.server.request.body.size")).toEqual([
    `http.request.method=HEAD ${tail} 1/0`,
    `http.request.method=POST ${tail} 1/4`,
  ]);
});

test.each([
  ["the answer", () => {}, ""],
  [
    "its end",
    (_: NodeRequest, res: ServerResponse) => void res.write("first"),
    " http.response.status_code=200",
  ],
  // The client's window takes 65535 bytes: the rest is not sent.
  [
    "it was sent",
    (_: NodeRequest, res: ServerResponse) => void res.end(Buffer.alloc(200_000)),
    " http.response.status_code=200",
  ],
])(
  "instrumentHttpHandler() ends a request that is reset over HTTP/2 before %s",
  async (_, handle, status) => {
    const arrived = Promise.withResolvers<void>();
    const { client, series } = await serveHttp2((req, res) => {
      handle(req, res);
      arrived.resolve();
    });
    const stream = client.request({ ":path": "/" });
    stream.on("error", () => {});
    await arrived.promise;
    await setImmediate();
    stream.close(constants.NGHTTP2_CANCEL);
    await eventually(
      () => series(duration),
      [`error.type=aborted http.request.method=GET${status} url.scheme=http 1/0`],
    );
    expect(await series(active)).toEqual(["http.request.method=GET url.scheme=http 0"]);
  },
);

test("createHttpMiddleware() and instrumentHttpHandler() together count a request once", async () => {
  const recorded = recordSeries();
  const middleware = createHttpMiddleware(recorded.options);
  const listener = instrumentHttpHandler(
    (req, res) => middleware(req, res, () => res.end()),
    recorded.options,
  );
  const port = await listen(createServer(listener));
  await fetch(`http://127.0.0.1:${port}`);
  await eventually(() => recorded.series(duration), [expect.stringMatching(/ 1\/0$/)]);
});

test("instrumentHttpHandler() calls a listener as it is called itself", async () => {
  const recorded = recordSeries();
  const called = vi.fn(function (this: unknown, _req: NodeRequest, res: ServerResponse) {
    res.end();
    return this;
  });
  const listener = instrumentHttpHandler(called, recorded.options);
  const server = createServer();
  server.on("request", (req, res) => void Reflect.apply(listener, server, [req, res, "more"]));
  await (await fetch(`http://127.0.0.1:${await listen(server)}`)).text();
  expect(called).toHaveReturnedWith(server);
  expect(called).toHaveBeenCalledWith(expect.anything(), expect.anything(), "more");
});

test("instrumentHttpHandler() takes a request that never was on a connection", async () => {
  const { options, series } = recordSeries();
  const res = Object.assign(new EventEmitter(), { headersSent: true, statusCode: 200 });
  const listener = instrumentHttpHandler(() => "done", options);
  const req = { method: "GET", url: "/", headers: {} };
  const result = listener(req as unknown as NodeRequest, res as unknown as ServerResponse);
  res.emit("close");
  expect(result).toBe("done");
  expect(await series(active)).toEqual(["http.request.method=GET url.scheme=http 0"]);
});

test("instrumentHttpHandler() takes routes, attributes and a filter", async () => {
  const { url, series } = await serveHttp1(
    (req, res) => {
      setHttpRoute(req, "/named");
      setHttpRoute({}, "/not measured");
      res.end();
    },
    {
      filter: ({ url }) => url !== "/healthz",
      route: ({ url }) => (url?.startsWith("/users/") ? "/users/:id" : undefined),
      attributes: ({ headers }) => ({ tier: headers["x-tier"] === "gold" ? "gold" : "other" }),
    },
  );
  await fetch(`${url}/healthz`);
  await fetch(`${url}/users/7`, { headers: { "x-tier": "gold" } });
  await fetch(`${url}/else`);
  const head = "http.request.method=GET http.response.status_code=200";
  await eventually(
    () => series(duration),
    [
      "http.request.method=GET http.response.status_code=200 http.route=/named tier=other url.scheme=http 1/0",
      `${head} http.route=/users/:id tier=gold url.scheme=http 1/0`,
    ],
  );
});

test("instrumentHttpHandler() answers when its hooks throw, and tells diag", async () => {
  const logger = { error: vi.fn() } as unknown as DiagLogger;
  diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  const fail = () => {
    throw new Error("no");
  };
  const { url, series } = await serveHttp1(answer, { filter: fail, route: fail, attributes: fail });
  expect(await (await fetch(url)).text()).toBe("hello");
  await eventually(() => series(duration), [expect.stringMatching(/=200 .* 1\/0$/)]);
  expect(vi.mocked(logger.error).mock.calls.map(([message]) => message)).toEqual([
    "@labwire/otelkit: The option 'filter' failed",
    "@labwire/otelkit: The option 'attributes' failed",
    "@labwire/otelkit: The option 'route' failed",
  ]);
});

/** Names and labels of seeds/004 that dashboards have already. */
const blogMetrics: HttpServerMetric[] = [
  {
    measure: "finished",
    name: "wolt_http_requests_total",
    labels: { method: "method", endpoint: "route", status: "statusClass" },
  },
  {
    measure: "duration",
    name: "wolt_http_response_time_seconds",
    boundaries: [0.05, 0.1, 0.2, 0.4],
    labels: { method: "method", endpoint: "route", status: "statusClass" },
  },
];

test("instrumentHttpHandler() takes names and labels of one's own", async () => {
  const { url, series, clock } = await serveHttp1(
    (req, res) => {
      clock.ms += 100;
      if (req.url !== "/backend") res.statusCode = 404;
      res.end();
    },
    { metrics: blogMetrics, route: ({ url }) => (url === "/backend" ? url : "other") },
  );
  for (const path of ["/backend", "/backend", "/favicon.ico"]) await fetch(url + path);
  await eventually(
    () => series("wolt_http_requests_total"),
    ["endpoint=/backend method=GET status=2xx 2", "endpoint=other method=GET status=4xx 1"],
  );
  expect(await series("wolt_http_response_time_seconds")).toEqual([
    "endpoint=/backend method=GET status=2xx 2/0.2",
    "endpoint=other method=GET status=4xx 1/0.1",
  ]);
});
