// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type HttpServer, startHttpServer } from "./http-server.ts";
import type { Exchange } from "./observer/exchange.ts";

/** A response that no server of connect-node would send. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  trailers?: Record<string, string>;
}

/** Starts a server that is not measured: it reads every request to its end, and says one thing. */
export function startRawServer(
  version: Exchange["version"],
  { status, headers, body, trailers }: RawAnswer,
): Promise<HttpServer> {
  return startHttpServer(version, (request, response) => {
    request.resume().on("end", () => {
      // Each version of HTTP has a type of its own for the same method.
      const { writeHead } = response as { writeHead(status: number, headers: object): void };
      writeHead.call(response, status, headers);
      if (trailers !== undefined) response.addTrailers(trailers);
      response.end(body);
    });
  });
}
