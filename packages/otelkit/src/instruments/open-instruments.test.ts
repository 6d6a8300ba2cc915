// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { createMetricStore } from "../store/create-metric-store.ts";
import { attachStore } from "../store/store-of.ts";
import { openInstruments } from "./open-instruments.ts";

const definition = { name: "calls", kind: "counter", unit: "", description: "" } as const;

function countFive(meterProvider: MeterProvider): void {
  const calls = openInstruments({ meterProvider, cardinalityLimit: 3 }).counter(definition);
  for (let tenant = 0; tenant < 5; tenant++) calls({ tenant }).add(1);
}

const series = [
  [{ tenant: 0 }, 1],
  [{ tenant: 1 }, 1],
  [{ "otel.metric.overflow": true }, 3],
];

test("openInstruments() keeps to 'cardinalityLimit' when the provider carries a store", () => {
  const store = createMetricStore();
  const meterProvider = new MeterProvider();
  attachStore(meterProvider, store);
  countFive(meterProvider);
  const found = [...store.view()].flatMap((view) =>
    view.kind === "counter" ? [...view.series].map((cell) => [cell.attributes, cell.value]) : [],
  );
  expect(found).toEqual(series);
});

test("openInstruments() keeps to 'cardinalityLimit' when it does not", async () => {
  const { meterProvider, points } = createTestMeter();
  countFive(meterProvider);
  expect((await points()).map(({ attributes, value }) => [attributes, value])).toEqual(series);
});
