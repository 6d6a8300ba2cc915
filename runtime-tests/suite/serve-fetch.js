// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Serves a `(Request) => Response` by the runtime's own server. Node.js has none: by a small one. */
export async function serveFetch(handler) {
  if (globalThis.Deno) {
    const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
    const server = globalThis.Deno.serve(options, handler);
    return { url: urlOf(server.addr.port), close: () => server.shutdown() };
  }
  if (globalThis.Bun) {
    const server = globalThis.Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
    return { url: urlOf(server.port), close: () => server.stop(true) };
  }
  return listen(createServer((req, res) => void answer(handler, req, res)));
}

/** Listens with a server of node:http. */
export async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: urlOf(server.address().port),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function urlOf(port) {
  return `http://127.0.0.1:${port}`;
}

async function answer(handler, req, res) {
  const client = new AbortController();
  res.once("close", () => client.abort());
  const hasBody = req.method !== "GET" && req.method !== "HEAD";
  const request = new Request(new URL(req.url, "http://127.0.0.1"), {
    method: req.method,
    headers: req.headers,
    body: hasBody ? Readable.toWeb(req) : null,
    duplex: "half",
    signal: client.signal,
  });
  const response = await handler(request);
  res.writeHead(response.status, [...response.headers].flat());
  if (response.body === null || req.method === "HEAD") res.end();
  // A client that leaves breaks it, which is what some tests are about.
  else await pipeline(Readable.fromWeb(response.body), res).catch(() => {});
}
