// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What an interceptor adds to a unary call, without any network or protocol around it.
// node --conditions=@labwire/source packages/otelkit/bench/unary-interceptor.bench.ts

import { create } from "@bufbuild/protobuf";
import { createContextValues, type Interceptor, type UnaryRequest } from "@connectrpc/connect";
import { createClientInterceptor, createServerInterceptor } from "@labwire/otelkit";
import { EchoService, UnaryRequestSchema, UnaryResponseSchema } from "@labwire/testdata/echo";
import { AggregationTemporality, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";

const rounds = 31;
const callsPerRound = 20_000;

class BenchReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const meterProvider = new MeterProvider({
  readers: [
    new BenchReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE }),
  ],
});

const request: UnaryRequest = {
  stream: false,
  service: EchoService,
  method: EchoService.method.unary,
  requestMethod: "POST",
  url: "http://127.0.0.1:8081/labwire.testdata.v1.EchoService/Unary",
  header: new Headers({ "content-type": "application/grpc+proto" }),
  signal: new AbortController().signal,
  contextValues: createContextValues(),
  message: create(UnaryRequestSchema, { text: "hello" }),
};
const response = {
  stream: false as const,
  service: EchoService,
  method: EchoService.method.unary,
  header: new Headers(),
  trailer: new Headers(),
  message: create(UnaryResponseSchema, { text: "hello" }),
};

const passThrough: Interceptor = (next) =>
  async function passThrough(req) {
    try {
      return await next(req);
    } catch (error) {
      // biome-ignore lint/complexity/noUselessCatch: what any measuring interceptor must have
      throw error;
    }
  };

// Twice nothing: how far apart the two are is how far to trust the rest.
const candidates: { name: string; interceptor?: Interceptor }[] = [
  { name: "none" },
  { name: "none again" },
  { name: "pass-through", interceptor: passThrough },
  { name: "server, semconv", interceptor: createServerInterceptor({ meterProvider }) },
  {
    name: "server, lab",
    interceptor: createServerInterceptor({ meterProvider, presets: ["lab"] }),
  },
  {
    name: "server, semconv and lab",
    interceptor: createServerInterceptor({ meterProvider, presets: ["semconv", "lab"] }),
  },
  { name: "client, semconv", interceptor: createClientInterceptor({ meterProvider }) },
];

async function handler() {
  return response;
}

/** Nanoseconds per call. Connect applies the outer function on every call, and so does this. */
async function run(interceptor: Interceptor | undefined): Promise<number> {
  const start = process.hrtime.bigint();
  for (let n = 0; n < callsPerRound; n++) {
    await (interceptor === undefined ? handler : interceptor(handler))(request);
  }
  return Number(process.hrtime.bigint() - start) / callsPerRound;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const times = new Map(candidates.map(({ name }) => [name, [] as number[]]));
for (let round = -2; round < rounds; round++) {
  for (const { name, interceptor } of candidates) {
    const time = await run(interceptor);
    // The first rounds are the compiler's.
    if (round >= 0) times.get(name)?.push(time);
  }
}

const none = median(times.get("none") ?? []);
const pass = median(times.get("pass-through") ?? []);
console.log(`median of ${rounds} interleaved rounds of ${callsPerRound} unary calls`);
for (const [name, values] of times) {
  const time = median(values);
  const columns = [
    `${time.toFixed(0).padStart(6)} ns`,
    `${(time / none).toFixed(2).padStart(6)} x none`,
    `${(time / pass).toFixed(2).padStart(6)} x pass-through`,
    `${(time - none).toFixed(0).padStart(6)} ns added`,
  ];
  console.log(`${name.padEnd(24)} ${columns.join("  ")}`);
}
