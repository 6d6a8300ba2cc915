// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { createMetricStore } from "../store/create-metric-store.ts";
import { testInstruments } from "./instruments.contract.testing.ts";
import { createSdkInstruments } from "./sdk-instruments.ts";

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

testInstruments("createSdkInstruments()", (options) => {
  const reader = new ManualReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter("contract");
  return {
    instruments: createSdkInstruments(meter, options),
    collect: () => reader.collect(),
  };
});

testInstruments("createMetricStore()", (options) => {
  const store = createMetricStore(options);
  const reader = new ManualReader({ metricProducers: [store] });
  new MeterProvider({ readers: [reader] });
  return { instruments: store.instruments("contract"), collect: () => reader.collect() };
});
