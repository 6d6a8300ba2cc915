// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Client,
  type ConnectRouter,
  createClient,
  type Interceptor,
  type ServiceImpl,
} from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import { context, SpanKind, SpanStatusCode, type TextMapPropagator } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AlwaysOnSampler,
  type ReadableSpan,
  type Sampler,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { afterAll, beforeAll } from "vitest";
import type { ServerInterceptorOptions } from "../connect/call-options.ts";
import { createClientInterceptor } from "../connect/client-interceptor.ts";
import { instrumentRoutes } from "../connect/instrument-routes.ts";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import type { Wire } from "../connect/wire.testing.ts";

/** Lets spans be active in the tests of a file, as an SDK does for a process. */
export function useContextManager(): void {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterAll(() => context.disable());
}

/** A tracer provider whose spans a test can wait for. */
export interface TestTraces {
  readonly tracerProvider: TracerProvider;
  /** How many spans were started. */
  started(): number;
  /** Resolves to all ended spans once there are so many, a server's before its client's. */
  ended(count: number): Promise<ReadableSpan[]>;
}

export function createTestTraces(sampler: Sampler = new AlwaysOnSampler()): TestTraces {
  const spans: ReadableSpan[] = [];
  let started = 0;
  let nextEnd = Promise.withResolvers<void>();
  const processor: SpanProcessor = {
    onStart() {
      started++;
    },
    onEnd(span) {
      spans.push(span);
      nextEnd.resolve();
      nextEnd = Promise.withResolvers();
    },
    async forceFlush() {},
    async shutdown() {},
  };
  const tracerProvider = new TracerProvider({ sampler, spanProcessors: [processor] });
  return {
    tracerProvider,
    started: () => started,
    async ended(count) {
      while (spans.length < count) await nextEnd.promise;
      return spans.toSorted((a, b) => a.kind - b.kind);
    },
  };
}

/** What measures a server. */
export type Layer = "createServerInterceptor" | "instrumentRoutes";

export const layers: Layer[] = ["createServerInterceptor", "instrumentRoutes"];

/** Options of {@link startTraced}. */
export interface TracedOptions extends Omit<ServerInterceptorOptions, "tracerProvider"> {
  layer?: Layer;
  traces?: TestTraces;
  propagator?: TextMapPropagator;
  /** Stand after the one that traces. */
  clientInterceptors?: Interceptor[];
}

/** A traced server and a traced client of it. */
export interface Traced extends AsyncDisposable {
  client: Client<typeof EchoService>;
  traces: TestTraces;
}

export async function startTraced(
  wire: Wire,
  handlers: Partial<ServiceImpl<typeof EchoService>>,
  { layer, traces = createTestTraces(), clientInterceptors = [], ...more }: TracedOptions = {},
): Promise<Traced> {
  const { tracerProvider } = traces;
  const options = { propagator: new W3CTraceContextPropagator(), ...more, tracerProvider };
  const echo = (router: ConnectRouter) => router.service(EchoService, handlers);
  const isByRoutes = layer === "instrumentRoutes";
  const link = await wire.connect(isByRoutes ? instrumentRoutes(echo, options) : echo, {
    server: isByRoutes ? [] : [createServerInterceptor(options)],
    client: [createClientInterceptor({ ...options, presets: ["semconv"] }), ...clientInterceptors],
  });
  return {
    client: createClient(EchoService, link.transport),
    traces,
    [Symbol.asyncDispose]: () => link.close(),
  };
}

/** Such as `SERVER pkg.Service/Method: ERROR no such file`. */
export function titleOf({ kind, name, status: { code, message } }: ReadableSpan): string {
  const status = [SpanStatusCode[code], message].filter(Boolean).join(" ");
  return `${SpanKind[kind]} ${name}: ${status}`;
}
