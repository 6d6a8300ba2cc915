// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What an interceptor adds to a unary call, without any network or protocol around it.
// node --conditions=@labwire/source packages/otelkit/bench/unary-interceptor.bench.ts

import type { Interceptor } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@labwire/otelkit";
import {
  createHandWritten,
  createOneHistogram,
  createPromClient,
  passThrough,
} from "./lib/baselines.ts";
import { compare } from "./lib/compare.ts";
import { callUnary, createSdkProvider, createStoreProvider } from "./lib/fixtures.ts";

const sdk = { meterProvider: createSdkProvider() };
const store = { meterProvider: createStoreProvider() };

// Twice nothing: how far apart the two are is how far to trust the rest.
const interceptors: Record<string, Interceptor | undefined> = {
  none: undefined,
  "none again": undefined,
  "pass-through": passThrough,
  "one SDK histogram": createOneHistogram(sdk.meterProvider),
  "prom-client, one histogram": createPromClient(),
  "two SDK counters and a histogram": createHandWritten(sdk.meterProvider),
  "server, SDK": createServerInterceptor(sdk),
  "client, SDK": createClientInterceptor(sdk),
  "server, SDK, semconv and lab": createServerInterceptor({ ...sdk, presets: ["semconv", "lab"] }),
  "server, store": createServerInterceptor(store),
  "client, store": createClientInterceptor(store),
  "server, store, clock of no cost": createServerInterceptor({ ...store, now: () => 0 }),
};

await compare(
  Object.entries(interceptors).map(([name, interceptor]) => ({
    name,
    run: (calls) => callUnary(interceptor, calls),
  })),
  { unit: "unary calls", operations: 20_000 },
);
