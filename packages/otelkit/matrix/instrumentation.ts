// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  createClientInterceptor,
  createServerInterceptor,
  instrumentRoutes,
} from "@labwire/otelkit";
import { Meter } from "./meter.ts";
import type { End } from "./observer/exchange.ts";
import { propagator, SpanRecorder } from "./span-recorder.ts";

type Fallback = Parameters<typeof connectNodeAdapter>[0]["fallback"];
type Routes = (router: ConnectRouter) => void;

/** What of otelkit is installed. */
export type Layers = "interceptors" | "routes" | "both";

/** What one end is measured with. */
export interface Recorder {
  readonly meter: Meter;
  readonly spans: SpanRecorder;
}

export type Recorders = Readonly<Record<End, Recorder>>;

export function createRecorders(): Recorders {
  return {
    server: { meter: new Meter(), spans: new SpanRecorder() },
    client: { meter: new Meter(), spans: new SpanRecorder() },
  };
}

/** How a server and a client are measured. */
export interface Instrumentation {
  wrapRoutes(routes: Routes): { routes: Routes; fallback?: Fallback };
  serverInterceptors: Interceptor[];
  clientInterceptors: Interceptor[];
}

export function instrument(layers: Layers, { server, client }: Recorders): Instrumentation {
  const [ofServer, ofClient] = [optionsOf(server), optionsOf(client)];
  return {
    wrapRoutes(routes) {
      if (layers === "interceptors") return { routes };
      const instrumented = instrumentRoutes(routes, ofServer);
      return { routes: instrumented, fallback: instrumented.fallback };
    },
    serverInterceptors: layers === "routes" ? [] : [createServerInterceptor(ofServer)],
    clientInterceptors: [createClientInterceptor(ofClient)],
  };
}

function optionsOf({ meter, spans }: Recorder) {
  return { meterProvider: meter.provider, tracerProvider: spans.provider, propagator };
}
