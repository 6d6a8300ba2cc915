// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What an interceptor adds to a message of a stream, without any network or protocol around it.
// node --conditions=@labwire/source packages/otelkit/bench/stream-message.bench.ts

import type { Interceptor } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@labwire/otelkit";
import { createHandWrittenStream } from "./lib/baselines.ts";
import { compare } from "./lib/compare.ts";
import { createSdkProvider, createStoreProvider, readMessages } from "./lib/fixtures.ts";

const sdk = { meterProvider: createSdkProvider() };
const store = { meterProvider: createStoreProvider() };

const interceptors: Record<string, Interceptor | undefined> = {
  none: undefined,
  "none again": undefined,
  "async generator": createHandWrittenStream(undefined),
  "async generator, SDK counter": createHandWrittenStream(sdk.meterProvider),
  "server, SDK": createServerInterceptor(sdk),
  "client, SDK": createClientInterceptor(sdk),
  "server, store": createServerInterceptor(store),
};

await compare(
  Object.entries(interceptors).map(([name, interceptor]) => ({
    name,
    run: (messages) => readMessages(interceptor, messages),
  })),
  { unit: "messages", operations: 50_000 },
);
