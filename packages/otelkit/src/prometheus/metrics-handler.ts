// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { answerScrape, type PageSource, type ScrapeAnswer } from "./scrape-answer.ts";

/**
 * Makes a request listener that answers GET and HEAD with the metrics, for a server that is there
 * already: `createServer(createMetricsHandler(reader))`, or on a path of Express by `app.use`. It
 * looks at no path. Whoever can ask can read everything that is measured.
 */
export function createMetricsHandler(reader: PageSource) {
  return function handleScrape(
    req: IncomingMessage | Http2ServerRequest,
    res: ServerResponse | Http2ServerResponse,
  ): void {
    const { accept, "accept-encoding": encoding } = req.headers;
    const acceptEncoding = encoding?.toString();
    // Neither of the two rejects.
    void answerScrape(reader, { method: req.method ?? "GET", accept, acceptEncoding }).then(
      (answer) => sendAnswer(req, res, answer),
    );
  };
}

/**
 * The same for servers that take functions from `Request` to `Response`: Deno, Bun, Hono.
 */
export function createMetricsFetchHandler(reader: PageSource) {
  return async function handleScrape(request: Request): Promise<Response> {
    const { status, headers, chunks } = await answerScrape(reader, {
      method: request.method,
      accept: request.headers.get("accept") ?? undefined,
      acceptEncoding: request.headers.get("accept-encoding") ?? undefined,
    });
    const body = request.method === "HEAD" ? null : Buffer.concat(chunks);
    return new Response(body, { status, headers: { ...headers } });
  };
}

/** Sends an answer; to HEAD without its body. Never throws. */
export function sendAnswer(
  { method }: { method?: string },
  res: ServerResponse | Http2ServerResponse,
  { status, headers, chunks }: ScrapeAnswer,
): void {
  const response = res as ServerResponse;
  // Somebody else was tired of waiting, such as a middleware that keeps a time limit.
  if (response.headersSent) return;
  response.writeHead(status, headers);
  const body = method === "HEAD" ? [] : chunks;
  for (const chunk of body.slice(0, -1)) response.write(chunk);
  const last = body.at(-1);
  if (last === undefined) response.end();
  // A server that is closed cuts off what was ended, even if it is not sent yet.
  else response.write(last, () => response.end());
}
