// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, type ConnectRouter } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Call } from "../calls/call-record.ts";
import type { CallRequest } from "../calls/call-target.ts";
import { reportFault } from "../report-fault.ts";
import type { ServerInterceptorOptions } from "./call-options.ts";
import { createCallStarter } from "./call-starter.ts";
import { measureHandler } from "./measure-handler.ts";
import { isRpcRequest, type PlainRequest, toHeaders } from "./plain-request.ts";

/** Options of {@link instrumentRoutes}. */
export interface InstrumentRoutesOptions extends ServerInterceptorOptions {
  /**
   * Whether the counters of all methods are there, at 0, before they are called: a rate over a
   * series that begins with its first increase misses it. Default false, as most methods are
   * called by one protocol alone and this makes series for all; the preset `grpc` has one for each
   * of 17 codes then. They are made with the routes when `meterProvider` is given, else at the
   * first call. Does nothing with the option `attributes`, whose values only calls have.
   */
  preregister?: boolean;
}

/** What {@link instrumentRoutes} returns: routes, and what counts the calls that none has. */
export interface InstrumentedRoutes {
  /** The routes, measured: what any adapter of Connect takes as `routes`. */
  (router: ConnectRouter): ConnectRouter;
  /**
   * Answers 404 as connect-node does, and counts what looks like an RPC as method `_OTHER`. For
   * the option `fallback` of `connectNodeAdapter`.
   */
  fallback(request: PlainRequest, response: NotFoundResponse): void;
  /**
   * Counts a request to a path that no route has, when it looks like an RPC. For the hooks of
   * other frameworks, which then answer it themselves. Never throws.
   */
  countUnknown(request: PlainRequest): void;
}

/** The part of a response of Node's that answers 404. */
export interface NotFoundResponse {
  writeHead(status: number): unknown;
  end(): unknown;
}

/**
 * Measures the calls of routes at their handlers, where everything that is on the wire can be
 * seen: also requests that cannot be decoded, are too large, have the wrong content type or are
 * turned away by a gate, and services whose options name interceptors of their own. Works with
 * every adapter. With it `createServerInterceptor` is not needed, and does nothing where it is
 * there.
 *
 * @throws {OtelkitError} with code `invalid_option` when an option cannot be used.
 */
export function instrumentRoutes(
  routes: (router: ConnectRouter) => unknown,
  options: InstrumentRoutesOptions = {},
): InstrumentedRoutes {
  const { start, prepare, preregisters } = createCallStarter("server", options);
  const unprepared = new Set<UniversalHandler>();

  function prepareAll(): void {
    for (const handler of unprepared) {
      for (const request of requestsOf(handler)) prepare(request);
    }
    unprepared.clear();
  }

  function startCall(request: CallRequest): Call | undefined {
    if (unprepared.size > 0) prepareAll();
    return start(request);
  }

  function instrumentedRoutes(router: ConnectRouter): ConnectRouter {
    const { handlers } = router;
    const first = handlers.length;
    routes(router);
    for (const [index, handler] of handlers.entries()) {
      if (index < first) continue;
      handlers[index] = measureHandler(handler, startCall);
      if (preregisters) unprepared.add(handler);
    }
    if (options.meterProvider !== undefined) prepareAll();
    return router;
  }

  function countUnknown(request: PlainRequest): void {
    try {
      const { url = "" } = request;
      const header = toHeaders(request.headers);
      if (!isRpcRequest(header, url)) return;
      startCall({ method: undefined, header, url })?.finish(Code.Unimplemented);
    } catch (error) {
      reportFault(
        "A call to an unknown path is not measured, as its request has odd headers",
        error,
      );
    }
  }

  function fallback(request: PlainRequest, response: NotFoundResponse): void {
    countUnknown(request);
    response.writeHead(404);
    response.end();
  }

  return Object.assign(instrumentedRoutes, { fallback, countUnknown });
}

/** What the first calls of a method look like, one for each system that it is served by. */
function requestsOf({ method, protocolNames }: UniversalHandler): CallRequest[] {
  const requests: CallRequest[] = [];
  if (protocolNames.includes("connect")) requests.push({ method, header: new Headers(), url: "" });
  if (protocolNames.some((name) => name.startsWith("grpc"))) {
    const header = new Headers({ "content-type": "application/grpc" });
    requests.push({ method, header, url: "" });
  }
  return requests;
}
