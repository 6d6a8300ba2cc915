// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  createClientInterceptor,
  createServerInterceptor,
  instrumentRoutes,
} from "@labwire/otelkit";
import type { Meter } from "./meter.ts";

type Fallback = Parameters<typeof connectNodeAdapter>[0]["fallback"];
type Routes = (router: ConnectRouter) => void;

/** What of otelkit is installed. */
export type Layers = "interceptors" | "routes" | "both";

/** How a server and a client are measured. */
export interface Instrumentation {
  wrapRoutes(routes: Routes): { routes: Routes; fallback?: Fallback };
  serverInterceptors: Interceptor[];
  clientInterceptors: Interceptor[];
}

export function instrument(layers: Layers, server: Meter, client: Meter): Instrumentation {
  return {
    wrapRoutes(routes) {
      if (layers === "interceptors") return { routes };
      const instrumented = instrumentRoutes(routes, { meterProvider: server.provider });
      return { routes: instrumented, fallback: instrumented.fallback };
    },
    serverInterceptors:
      layers === "routes" ? [] : [createServerInterceptor({ meterProvider: server.provider })],
    clientInterceptors: [createClientInterceptor({ meterProvider: client.provider })],
  };
}
