// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { createClient } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, test, vi } from "vitest";
import { createClientInterceptor } from "../src/connect/client-interceptor.ts";
import { instrumentRoutes } from "../src/connect/instrument-routes.ts";
import { type ClientPresetName, presets } from "../src/presets/presets.ts";
import { PrometheusReader } from "../src/prometheus/prometheus-reader.ts";
import { callAttributes } from "./attribute-reference.ts";
import { documentedMetrics, prometheusName } from "./documented-metric.ts";

const documented = documentedMetrics();

test("the telemetry reference says what every attribute of a preset is, and of no other", () => {
  const used = documented.flatMap(({ attributes }) => attributes);
  expect(Object.keys(callAttributes).sort()).toEqual([...new Set(used)].sort());
});

test("the telemetry reference has the metrics, kinds and labels that a page has", async () => {
  const reader = new PrometheusReader({ targetInfo: false });
  const meterProvider = new MeterProvider({ readers: [reader] });
  await callWithEveryPreset(meterProvider);
  const expected = documented.map((metric) => [
    prometheusName(metric),
    {
      type: metric.kind === "updowncounter" ? "gauge" : metric.kind,
      labels: metric.attributes.map((name) => name.replaceAll(".", "_")).sort(),
    },
  ]);
  // A server may take a moment longer than its client.
  await vi.waitFor(
    async () => {
      const { chunks } = await reader.scrape();
      const page = readMetrics(Buffer.concat(chunks).toString());
      expect(Object.fromEntries(page)).toEqual(Object.fromEntries(expected));
    },
    { timeout: 10_000 },
  );
});

/** Calls that succeed and that fail, by both systems and on both sides. */
async function callWithEveryPreset(meterProvider: MeterProvider): Promise<void> {
  const all = Object.keys(presets) as (keyof typeof presets)[];
  const ofClients = all.filter((name): name is ClientPresetName => name !== "lab");
  const details = ["first_message", "timeout"] as const;
  const routes = instrumentRoutes(
    ({ service }) =>
      service(EchoService, {
        unary({ text }) {
          if (text === "fail") throw new Error("broken");
          return { text };
        },
      }),
    { presets: all, details, meterProvider },
  );
  await using server = await startServer(connectNodeAdapter({ routes }));
  const interceptors = [createClientInterceptor({ presets: ofClients, details, meterProvider })];
  for (const createTransport of [createGrpcTransport, createConnectTransport]) {
    const sessionManager = new Http2SessionManager(server.url);
    const options = {
      baseUrl: server.url,
      httpVersion: "2",
      interceptors,
      sessionManager,
    } as const;
    const client = createClient(EchoService, createTransport(options));
    await client.unary({ text: "ok" }, { timeoutMs: 60_000 });
    await client.unary({ text: "fail" }).catch(() => {});
    sessionManager.abort();
  }
}

async function startServer(adapter: ReturnType<typeof connectNodeAdapter>) {
  const server = createServer(adapter);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** Types and labels by the names of metrics, `le` aside. */
function readMetrics(text: string): Map<string, { type: string; labels: string[] }> {
  const metrics = new Map<string, { type: string; labels: string[] }>();
  let labels: string[] = [];
  for (const line of text.split("\n")) {
    const [, name, type = ""] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? [];
    if (name !== undefined) {
      labels = [];
      metrics.set(name, { type, labels });
    }
    for (const [, label = ""] of line.matchAll(/[{,](\w+)="/g)) {
      if (label !== "le" && !labels.includes(label)) labels.push(label);
    }
    labels.sort();
  }
  return metrics;
}
