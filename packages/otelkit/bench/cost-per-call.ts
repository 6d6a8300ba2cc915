// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Prints as JSON what does not vary from machine to machine: promises and bytes that measuring
// adds to a unary call and to a message of a stream. src/connect/cost-per-call.test.ts is the gate.
// node --single-threaded --expose-gc --min-semi-space-size=128 --max-semi-space-size=128
//   --conditions=@labwire/source packages/otelkit/bench/cost-per-call.ts

import { createHook } from "node:async_hooks";
import type { Interceptor } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@labwire/otelkit";
import { passThrough } from "./lib/baselines.ts";
import { callUnary, createSdkProvider, createStoreProvider, readMessages } from "./lib/fixtures.ts";

type Run = (interceptor: Interceptor | undefined, operations: number) => Promise<void>;

const warmUp = 100_000;
const operations = 20_000;

/** Promises per operation. Counting them is slow, so it is done on fewer. */
async function countPromises(run: Run, interceptor: Interceptor | undefined): Promise<number> {
  const counted = operations / 10;
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === "PROMISE") promises++;
    },
  }).enable();
  await run(interceptor, counted);
  hook.disable();
  return promises / counted;
}

/** Bytes per operation, in a young generation that is large enough to hold them all. */
async function countBytes(run: Run, interceptor: Interceptor | undefined): Promise<number> {
  const counts: number[] = [];
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    await run(interceptor, operations);
    counts.push((process.memoryUsage().heapUsed - before) / operations);
  }
  return counts.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}

async function added(run: Run, interceptor: Interceptor) {
  await run(interceptor, warmUp);
  await run(undefined, warmUp);
  const bytes = (await countBytes(run, interceptor)) - (await countBytes(run, undefined));
  const promises = (await countPromises(run, interceptor)) - (await countPromises(run, undefined));
  return { promises: Number(promises.toFixed(2)), bytes: Math.round(bytes) };
}

const sdk = { meterProvider: createSdkProvider() };
const store = { meterProvider: createStoreProvider() };
console.log(
  JSON.stringify({
    passThrough: await added(callUnary, passThrough),
    serverStoreCall: await added(callUnary, createServerInterceptor(store)),
    clientStoreCall: await added(callUnary, createClientInterceptor(store)),
    serverSdkCall: await added(callUnary, createServerInterceptor(sdk)),
    serverStoreMessage: await added(readMessages, createServerInterceptor(store)),
    clientStoreMessage: await added(readMessages, createClientInterceptor(store)),
    serverSdkMessage: await added(readMessages, createServerInterceptor(sdk)),
  }),
);
