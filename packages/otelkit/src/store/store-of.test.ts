// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { metrics } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, test } from "vitest";
import { OtelkitError } from "../otelkit-error.ts";
import type { MetricStore } from "./metric-store.ts";
import { attachStore, storeOf } from "./store-of.ts";

const store: MetricStore = {
  instruments: () => ({
    counter: () => () => ({ add() {} }),
    histogram: () => () => ({ record() {} }),
  }),
  view: () => [],
  collect: () => Promise.reject(new Error("not asked for")),
};

test("storeOf() finds the store that attachStore() gave a provider", () => {
  const provider = new MeterProvider();
  attachStore(provider, store);
  expect(storeOf(provider)).toBe(store);
});

test("storeOf() finds nothing on other providers, or when something else is there", () => {
  const odd = Object.assign(new MeterProvider(), { [Symbol.for("labwire.otelkit.store")]: {} });
  expect([new MeterProvider(), metrics.getMeterProvider(), odd].map(storeOf)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("attachStore() refuses a second store", () => {
  const provider = new MeterProvider();
  attachStore(provider, store);
  expect(() => attachStore(provider, store)).toThrow(
    new OtelkitError("Cannot attach a store to a meter provider that has one already", {
      code: "invalid_option",
    }),
  );
});
