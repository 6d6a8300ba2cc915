// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import send from "send";
import type { Address } from "../../kit/address.ts";
import { closeHttpServer } from "../../kit/close-http-server.ts";
import { listen } from "../../kit/listen.ts";

export interface ObjectServerOptions {
  readonly address: Address;
  /** First segment of every path, as S3 servers have it. */
  readonly bucket: string;
  /** The files of the bucket. */
  readonly folder: string;
}

export interface ObjectServer {
  readonly address: Address;
  /** No new requests; downloads under way may finish until the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Serves the objects of a folder by GET and HEAD `/<bucket>/<name>`, ranges and conditions
 * included. It stands in for an S3 endpoint that lets everybody read; nothing can be listed.
 */
export async function startObjectServer(options: ObjectServerOptions): Promise<ObjectServer> {
  const { address, bucket, folder } = options;
  const prefix = `/${encodeURIComponent(bucket)}/`;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    // What people upload is shown as nothing but itself: no guessed types, no scripts.
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Content-Security-Policy", "default-src 'none'; media-src 'self'; sandbox");
    const [path = ""] = (request.url ?? "").split("?");
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : "";
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      refuse(response, 405, "Method not allowed");
    } else if (name === "" || name.includes("/")) {
      refuse(response, 404, "Not found");
    } else {
      send(request, `/${name}`, { root: folder, dotfiles: "ignore", index: false }).pipe(response);
    }
  }

  const server = createServer(answer);
  const bound = await listen(server, address);
  return {
    address: bound,
    close: (deadlineMs) => closeHttpServer(server, deadlineMs),
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${message}\n`);
}
