// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from "node:http";
import { countReceived, countSent } from "./body-size.ts";
import { watchExpressRoute } from "./express-route.ts";
import { createHttpWatch, type HttpRequestWatch, type HttpServerOptions } from "./http-server.ts";
import type { NodeRequest, NodeResponse } from "./node-messages.ts";

/**
 * Wraps a request listener of node:http, node:https or node:http2, also the app of a framework
 * such as Express, so that its requests are measured from here to the last byte that the system
 * took, or until the client has left. Upgrades have a listener of their own, and are not measured.
 *
 * @throws {OtelkitError} with code `invalid_option` when `metrics` make no sense.
 */
export function instrumentHttpHandler<
  Result,
  Req extends NodeRequest = IncomingMessage,
  Res extends NodeResponse = ServerResponse,
>(
  listener: (req: Req, res: Res) => Result,
  options: HttpServerOptions<Req> = {},
): (req: NodeRequest, res: NodeResponse) => Result {
  const watch = createNodeWatch(options);
  return function measureRequest(this: unknown, req, res, ...rest: unknown[]) {
    // Apps and adapters have many types of request: a server gives them those that it has.
    const run = watch(req as Req, res);
    return run(() => Reflect.apply(listener, this, [req, res, ...rest]));
  };
}

/**
 * As {@link instrumentHttpHandler}, as a middleware for Express and its like, and for the
 * `onRequest` hook of Fastify with `request.raw` and `reply.raw`. Put it first.
 *
 * @throws {OtelkitError} with code `invalid_option` when `metrics` make no sense.
 */
export function createHttpMiddleware<Req extends NodeRequest = IncomingMessage>(
  options: HttpServerOptions<Req> = {},
): (req: Req, res: NodeResponse, next: () => void) => void {
  const watch = createNodeWatch(options);
  return function measureRequest(req, res, next) {
    watch(req, res)(next);
  };
}

/** Makes what begins to measure a request, and returns what runs its handler. */
function createNodeWatch<Req extends NodeRequest>(options: HttpServerOptions<Req>) {
  const startWatch = createHttpWatch(options);
  return function watchNodeRequest(req: Req, res: NodeResponse): HttpRequestWatch["run"] {
    const { method, headers } = req;
    // Express takes the mount off the other one.
    const url = "originalUrl" in req ? String(req.originalUrl) : req.url;
    const scheme = isEncrypted(req) ? "https" : "http";
    const watch = startWatch(req, { method, scheme, url, headers });
    if (watch === undefined) return (act) => act();
    const receivedBytes = countReceived(req);
    const sentBytes = countSent(req, res);
    watchExpressRoute(req, (route) => {
      watch.route = route;
    });
    // Comes after the last byte was handed to the system, or when the connection is gone.
    res.once("close", () => {
      watch.end({
        statusCode: res.headersSent ? res.statusCode : undefined,
        errorType: isComplete(res) ? undefined : "aborted",
        requestBytes: receivedBytes(),
        responseBytes: sentBytes(),
      });
    });
    return watch.run;
  };
}

function isEncrypted(req: NodeRequest): boolean {
  // Requests that a test or an adapter makes up may have none.
  const socket: NodeRequest["socket"] | undefined = req.socket;
  return socket !== undefined && "encrypted" in socket && socket.encrypted === true;
}

/** Whether the response went out to its end. */
function isComplete(res: NodeResponse): boolean {
  if (!("stream" in res)) return res.writableFinished;
  // The compatibility layer of node:http2 tells of a finish whatever happened.
  return !res.stream.aborted && res.stream.writableFinished;
}
