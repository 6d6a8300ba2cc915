// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:http";
import { onTestFinished } from "vitest";
import { closeHttpServer } from "../../kit/close-http-server.ts";
import { listen } from "../../kit/listen.ts";

/**
 * What becomes of a request: passed on, passed on with its answer lost or without the last byte of
 * it, or answered with a status.
 */
export type Fate = "pass" | "lose answer" | "withhold last byte" | number;

/** An HTTP proxy before a server; `fateOf` is asked once for every request. Answers its URL. */
export async function startLossyProxy(
  target: string,
  fateOf: (request: IncomingMessage) => Fate,
): Promise<string> {
  const { hostname, port } = new URL(target);

  function handle(incoming: IncomingMessage, response: ServerResponse): void {
    const fate = fateOf(incoming);
    if (typeof fate === "number") {
      incoming.resume();
      response.writeHead(fate).end();
      return;
    }
    const { method, url, headers } = incoming;
    const outgoing = request({ hostname, port, method, path: url, headers }, (answer) => {
      if (fate === "lose answer") {
        answer.resume().on("end", () => incoming.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fate === "withhold last byte") {
        answer.on("data", (bytes: Buffer) => response.write(bytes.subarray(0, -1)));
        return;
      }
      answer.pipe(response);
    });
    outgoing.on("error", () => incoming.socket.destroy());
    incoming.pipe(outgoing);
  }

  const server = createServer(handle);
  const address = await listen(server, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => closeHttpServer(server, 0));
  return `http://127.0.0.1:${address.port}`;
}
