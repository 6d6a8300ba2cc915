// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type ProxyTracerProvider,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";

const tracerName = "@labwire/otelkit";

/**
 * Makes a lookup of the tracer. With no provider it is the global one's, also when that is set
 * later, and undefined as long as there is none. With false it is always undefined.
 */
export function createTracerLookup(
  provider: TracerProvider | false | undefined,
): () => Tracer | undefined {
  let source: TracerProvider | undefined;
  let tracer: Tracer | undefined;
  if (provider === false) return () => undefined;

  return function findTracer() {
    const current = provider ?? trace.getTracerProvider();
    if (tracer === undefined || current !== source) {
      // The global provider stands for one that may not be set yet: only that one collects.
      tracer = isProxy(current)
        ? current.getDelegateTracer(tracerName)
        : current.getTracer(tracerName);
      source = current;
    }
    return tracer;
  };
}

/** By its method, as there may be several copies of the API. */
function isProxy(provider: TracerProvider): provider is ProxyTracerProvider {
  return "getDelegateTracer" in provider;
}
