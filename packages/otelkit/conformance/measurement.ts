// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as delay } from "node:timers/promises";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { AlwaysOnSampler, type SpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { createTestMeter } from "../src/manual-reader.testing.ts";

/** How many calls otelkit saw, by what it wrote. */
export interface Counts {
  /** Calls whose duration was recorded. */
  finished: number;
  /** Calls that have begun and not finished. */
  active: number;
  /** Spans that ended. */
  spans: number;
}

/** The suite kills a program that takes more than three seconds to end. */
const settleMs = 2000;

/** Metrics and traces of the real SDKs, with all that otelkit can measure turned on. */
export function createMeasurement(side: "server" | "client") {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const { meterProvider, points } = createTestMeter();
  let spans = 0;
  const spanCounter: SpanProcessor = {
    onStart() {},
    onEnd() {
      spans++;
    },
    async forceFlush() {},
    async shutdown() {},
  };
  const tracerProvider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [spanCounter],
  });

  async function read(): Promise<Counts> {
    const all = await points();
    const total = (name: string) =>
      all.filter((point) => point.name === name).reduce((sum, { value }) => sum + value, 0);
    return {
      finished: total(`rpc.${side}.call.duration`),
      active: total(`rpc.${side}.active_calls`),
      spans,
    };
  }

  return {
    /** For interceptors and routes. */
    options: {
      meterProvider,
      tracerProvider,
      propagator: new W3CTraceContextPropagator(),
      presets: ["semconv", "grpc", "otelconnect"] as const,
      details: ["first_message", "timeout"] as const,
      headerAttributes: ["x-test-case-name"],
    },
    /** Waits a little for calls that the peer has its answer of, and which this side still ends. */
    async counts(): Promise<Counts> {
      const deadline = performance.now() + settleMs;
      let counts = await read();
      while (counts.active > 0 && performance.now() < deadline) {
        await delay(10);
        counts = await read();
      }
      return counts;
    },
  };
}
