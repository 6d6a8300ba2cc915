// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Interceptor } from "@connectrpc/connect";
import type { MeterProvider } from "@opentelemetry/api";
import { Histogram, Registry } from "prom-client";

/** What any interceptor costs that must see how a call ends. */
export const passThrough: Interceptor = (next) =>
  async function passThrough(req) {
    try {
      return await next(req);
    } catch (error) {
      // biome-ignore lint/complexity/noUselessCatch: what any measuring interceptor must have
      throw error;
    }
  };

/** What most services write by hand: two counters and a histogram of the SDK at every call. */
export function createHandWritten(meterProvider: MeterProvider): Interceptor {
  const meter = meterProvider.getMeter("hand-written");
  const started = meter.createCounter("started");
  const handled = meter.createCounter("handled");
  const duration = meter.createHistogram("duration", { unit: "s" });
  return (next) =>
    async function handWritten(req) {
      const attributes = { "rpc.method": `${req.service.typeName}/${req.method.name}` };
      started.add(1, attributes);
      const start = performance.now();
      let code = "OK";
      try {
        return await next(req);
      } catch (error) {
        code = "ERROR";
        throw error;
      } finally {
        handled.add(1, { ...attributes, code });
        duration.record((performance.now() - start) / 1000, { ...attributes, code });
      }
    };
}

/** The least that a duration costs with the SDK: one record, with attributes made before. */
export function createOneHistogram(meterProvider: MeterProvider): Interceptor {
  const meter = meterProvider.getMeter("one-histogram");
  const duration = meter.createHistogram("rpc.server.call.duration", { unit: "s" });
  const attributes = Object.freeze({
    "rpc.system.name": "grpc",
    "rpc.method": "labwire.testdata.v1.EchoService/Unary",
    "rpc.status_code": "OK",
  });
  return (next) =>
    async function oneHistogram(req) {
      const start = performance.now();
      const res = await next(req);
      duration.record((performance.now() - start) / 1000, attributes);
      return res;
    };
}

/** The same with prom-client, by the labels' values, as its users write it. */
export function createPromClient(): Interceptor {
  const duration = new Histogram({
    name: "rpc_server_call_duration_seconds",
    help: "Durations of calls",
    labelNames: ["rpc_system_name", "rpc_method", "rpc_status_code"],
    registers: [new Registry()],
  });
  return (next) =>
    async function promClient(req) {
      const start = performance.now();
      const res = await next(req);
      const seconds = (performance.now() - start) / 1000;
      duration.labels("grpc", `${req.service.typeName}/${req.method.name}`, "OK").observe(seconds);
      return res;
    };
}

/** How a stream is counted by hand: an async generator, and the SDK at every message. */
export function createHandWrittenStream(meterProvider: MeterProvider | undefined): Interceptor {
  const counter = meterProvider?.getMeter("hand-written").createCounter("messages");
  return (next) =>
    async function handWrittenStream(req) {
      const res = await next(req);
      if (!res.stream) return res;
      const attributes = { "rpc.method": `${req.service.typeName}/${req.method.name}` };
      const source = res.message;
      async function* counted() {
        for await (const message of source) {
          counter?.add(1, attributes);
          yield message;
        }
      }
      return { ...res, message: counted() };
    };
}
