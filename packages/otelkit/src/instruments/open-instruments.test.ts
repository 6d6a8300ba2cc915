// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, test, vi } from "vitest";
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

test("openInstruments() opens a provider's meter once for all that measure alike, with one limit", async () => {
  const { meterProvider, points } = createTestMeter();
  const getMeter = vi.spyOn(meterProvider, "getMeter");
  const createObservableGauge = vi.spyOn(meterProvider.getMeter("count"), "createObservableGauge");
  for (let tenant = 0; tenant < 5; tenant++) {
    const options = { meterProvider, meterName: "count", cardinalityLimit: 3 };
    openInstruments(options).counter(definition)({ tenant }).add(1);
  }
  openInstruments({ meterProvider, meterName: "other" }).counter(definition)({}).add(1);
  expect(getMeter.mock.calls).toEqual([["count"], ["count"], ["other"]]);
  expect(createObservableGauge).toHaveBeenCalledOnce();
  expect((await points()).map(({ attributes, value }) => [attributes, value])).toEqual([
    ...series,
    [{}, 1],
  ]);
});

test("openInstruments() tells instruments of one name apart by their kind", async () => {
  const { meterProvider, points } = createTestMeter();
  openInstruments({ meterProvider }).counter(definition)({}).add(1);
  const level = { ...definition, kind: "updowncounter" } as const;
  openInstruments({ meterProvider }).counter(level)({}).add(-1);
  expect((await points()).map(({ value }) => value)).toEqual([1, -1]);
});
