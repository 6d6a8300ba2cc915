// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { MeterProvider } from "@opentelemetry/api";
import { MeterProvider as SdkMeterProvider } from "@opentelemetry/sdk-metrics";
import { createMetricsHandler } from "../src/prometheus/metrics-handler.ts";
import { PrometheusReader } from "../src/prometheus/prometheus-reader.ts";
import { createMetricStore } from "../src/store/create-metric-store.ts";
import { attachStore } from "../src/store/store-of.ts";

/** Something to scrape, with the names that metrics have by default. */
export interface Target extends AsyncDisposable {
  readonly meterProvider: MeterProvider;
  readonly url: string;
}

export async function startTarget(): Promise<Target> {
  const store = createMetricStore();
  const reader = new PrometheusReader({ metricProducers: [store] });
  const meterProvider = new SdkMeterProvider({ readers: [reader] });
  attachStore(meterProvider, store);
  const server = createServer(createMetricsHandler(reader));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    meterProvider,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
