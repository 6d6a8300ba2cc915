// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  createRouterTransport,
} from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import type { MeterProvider } from "@opentelemetry/api";
import { createClientInterceptor } from "../connect/client-interceptor.ts";
import { type InstrumentRoutesOptions, instrumentRoutes } from "../connect/instrument-routes.ts";
import { readAll } from "../connect/read-all.testing.ts";
import { startMetricsServer } from "../prometheus/metrics-server.ts";
import { TestClock } from "../test-clock.testing.ts";
import type { ClientPresetName, PresetName } from "./presets.ts";

/** Options of {@link measureEcho}. */
export interface MeasureEchoOptions extends Omit<InstrumentRoutesOptions, "presets" | "now"> {
  presets: readonly PresetName[];
  meterProvider: MeterProvider;
}

const echo = (clock: TestClock) => (router: ConnectRouter) =>
  router.service(EchoService, {
    unary({ text }) {
      clock.ms += 100;
      if (text === "missing") throw new ConnectError("no such text", Code.NotFound);
      return { text };
    },
    async clientStream(requests) {
      return { texts: await readAll(requests) };
    },
    async *serverStream({ text }) {
      yield* Array.from(text, (letter) => ({ text: letter }));
    },
    async *bidiStream(requests) {
      for await (const { text } of requests) yield { text };
    },
  });

/**
 * A server in memory that is measured at its handlers, and a measured client of it. Unary calls
 * take the server 100 ms, all others and the client no time.
 */
export function measureEcho(options: MeasureEchoOptions) {
  const { meterProvider, grpcSpelling } = options;
  const presets = options.presets.filter((name): name is ClientPresetName => name !== "lab");
  const clock = new TestClock();
  const routes = instrumentRoutes(echo(clock), { ...options, now: clock.now });
  const transport = createRouterTransport(routes, {
    transport: {
      baseUrl: "http://echo.example:8081",
      // No client has the lab's names.
      interceptors:
        presets.length === 0
          ? []
          : [createClientInterceptor({ presets, meterProvider, grpcSpelling, now: () => 0 })],
    },
  });
  return { client: createClient(EchoService, transport), routes, clock };
}

/** Calls every kind of method once: three letters in each direction that streams; one call fails. */
export async function callEveryKind({ client, routes, clock }: ReturnType<typeof measureEcho>) {
  const letters = [..."abc"].map((text) => ({ text }));
  async function* requests() {
    yield* letters;
  }
  await client.unary({ text: "abc" });
  await client.unary({ text: "missing" }).catch(() => {});
  await client.clientStream(requests());
  await readAll(client.serverStream({ text: "abc" }));
  await readAll(client.bidiStream(requests()));
  routes.countUnknown({
    url: "/no.Such/Method",
    headers: { "content-type": "application/grpc" },
  });
  // A server may take a moment longer than its client.
  await clock.finished(6);
}

/** Lines of the page that the endpoint gives, they and their labels sorted, that `pattern` fits. */
export async function readPage(
  measure: (meterProvider: MeterProvider) => unknown,
  pattern: RegExp,
): Promise<string[]> {
  await using server = await startMetricsServer({ port: 0 });
  await measure(server.meterProvider);
  const text = await (await fetch(server.url)).text();
  return text
    .split("\n")
    .filter((line) => pattern.test(line) && !line.startsWith("#"))
    .map((line) => line.replace(/{(.*)}/, (_, labels: string) => `{${sortLabels(labels)}}`))
    .sort();
}

function sortLabels(labels: string): string {
  return labels.split(",").sort().join();
}
