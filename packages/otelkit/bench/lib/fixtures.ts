// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import {
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";
import { EchoService, UnaryRequestSchema, UnaryResponseSchema } from "@labwire/testdata/echo";
import { AggregationTemporality, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { createMetricStore } from "../../src/store/create-metric-store.ts";
import { attachStore } from "../../src/store/store-of.ts";

class IdleReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A provider of OpenTelemetry's SDK, with a reader, as without one it keeps nothing. */
export function createSdkProvider(): MeterProvider {
  const aggregationTemporalitySelector = () => AggregationTemporality.CUMULATIVE;
  return new MeterProvider({ readers: [new IdleReader({ aggregationTemporalitySelector })] });
}

/** A provider that carries a metric store, as that of `startMetricsServer` does. */
export function createStoreProvider(): MeterProvider {
  const meterProvider = new MeterProvider();
  attachStore(meterProvider, createMetricStore());
  return meterProvider;
}

const common = {
  service: EchoService,
  requestMethod: "POST",
  url: "http://127.0.0.1:8081/labwire.testdata.v1.EchoService/Unary",
  header: new Headers({ "content-type": "application/grpc+proto" }),
  signal: new AbortController().signal,
  contextValues: createContextValues(),
};
const headers = { service: EchoService, header: new Headers(), trailer: new Headers() };
const request = create(UnaryRequestSchema, { text: "hello" });
const response = create(UnaryResponseSchema, { text: "hello" });
const messagesPerStream = 1000;

const unaryRequest: UnaryRequest = {
  ...common,
  stream: false,
  method: EchoService.method.unary,
  message: request,
};
const unaryResponse = {
  ...headers,
  stream: false as const,
  method: EchoService.method.unary,
  message: response,
};

async function handleUnary() {
  return unaryResponse;
}

/** Makes unary calls without a network. Connect applies the outer function at every call too. */
export async function callUnary(interceptor: Interceptor | undefined, calls: number) {
  for (let n = 0; n < calls; n++) {
    await (interceptor === undefined ? handleUnary : interceptor(handleUnary))(unaryRequest);
  }
}

/** A stream of prepared messages that costs one promise a message, as little as a stream can. */
function messages(count: number): AsyncIterable<typeof response> {
  return {
    [Symbol.asyncIterator]() {
      let left = count;
      return {
        next: () =>
          Promise.resolve(
            left-- > 0
              ? { done: false as const, value: response }
              : { done: true as const, value: undefined },
          ),
      };
    },
  };
}

/** Reads response messages through an interceptor, a thousand per stream. */
export async function readMessages(interceptor: Interceptor | undefined, count: number) {
  const streamRequest: StreamRequest = {
    ...common,
    stream: true,
    method: EchoService.method.bidiStream,
    message: messages(0),
  };
  async function handleStream() {
    const message = messages(messagesPerStream);
    return { ...headers, stream: true as const, method: EchoService.method.bidiStream, message };
  }
  for (let left = count; left > 0; left -= messagesPerStream) {
    const next = interceptor === undefined ? handleStream : interceptor(handleStream);
    const res = await next(streamRequest);
    if (!res.stream) throw new Error("a stream was called, and its response is none");
    for await (const _ of res.message);
  }
}
