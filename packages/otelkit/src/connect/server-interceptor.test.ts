// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Code,
  ConnectError,
  createClient,
  createContextKey,
  createContextValues,
  createRouterTransport,
  type Interceptor,
} from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import { type DiagLogger, diag, metrics } from "@opentelemetry/api";
import { afterEach, expect, test, vi } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { OtelkitError } from "../otelkit-error.ts";
import type { ServerInterceptorOptions } from "./call-options.ts";
import { readAll } from "./read-all.testing.ts";
import { createServerInterceptor } from "./server-interceptor.ts";

afterEach(() => {
  metrics.disable();
  diag.disable();
});

function startServer(...interceptors: Interceptor[]) {
  const transport = createRouterTransport(
    (router) =>
      router.service(EchoService, {
        unary: ({ text }) => ({ text }),
        async *serverStream({ text }) {
          yield { text };
        },
      }),
    { router: { interceptors } },
  );
  return createClient(EchoService, transport);
}

function watchDiag() {
  const error = vi.fn();
  diag.setLogger({ error } as unknown as DiagLogger);
  return () => error.mock.calls.map(([message, cause]) => `${message}: ${cause.message}`);
}

test.each([
  { presets: ["prometheus"], current: "'prometheus'" },
  { presets: ["toString"], current: "'toString'" },
  { presets: [], current: "none" },
])("createServerInterceptor() refuses the presets $presets", ({ presets, current }) => {
  const options = { presets } as unknown as ServerInterceptorOptions;
  expect(() => createServerInterceptor(options)).toThrow(
    new OtelkitError(
      `Cannot measure a server as 'presets' must name some of 'semconv', 'grpc', 'otelconnect', 'lab': current value is ${current}`,
      { code: "invalid_option" },
    ),
  );
});

test.each([
  {
    options: { details: ["firstMessage"] },
    message:
      "'details' must be some of 'first_message', 'timeout': current value has 'firstMessage'",
  },
  ...["presets", "details", "headerAttributes"].map((option) => ({
    options: { [option]: "grpc" },
    message: `'${option}' must be an array: current value is 'grpc'`,
  })),
  {
    options: { cardinalityLimit: "2000" },
    message: "'cardinalityLimit' must be an integer from 2: current value is '2000'",
  },
  ...[0, 1, Number.NaN, 2.5].map((cardinalityLimit) => ({
    options: { cardinalityLimit },
    message: `'cardinalityLimit' must be an integer from 2: current value is ${cardinalityLimit}`,
  })),
])("createServerInterceptor() refuses $options", ({ options, message }) => {
  expect(() => createServerInterceptor(options as ServerInterceptorOptions)).toThrow(
    new OtelkitError(`Cannot measure calls as ${message}`, { code: "invalid_option" }),
  );
});

test("createServerInterceptor() takes several presets, each once", async () => {
  const { meterProvider, points } = createTestMeter();
  const presets = ["lab", "semconv", "lab"] as const;
  const client = startServer(createServerInterceptor({ meterProvider, presets }));
  await client.unary({});
  expect((await points()).map(({ name, value }) => `${name} ${value}`)).toEqual([
    "request 1",
    "error_request 0",
    "response_time 1",
    "rpc.server.call.duration 1",
    "rpc.server.active_calls 0",
    "rpc.server.received.messages 1",
    "rpc.server.sent.messages 1",
  ]);
});

test("createServerInterceptor() uses the global provider of the first call, undefined options are defaults", async () => {
  const interceptor = createServerInterceptor({
    presets: undefined,
    meterProvider: undefined,
    meterName: undefined,
    filter: undefined,
    now: undefined,
  } as ServerInterceptorOptions);
  const { meterProvider, points } = createTestMeter();
  metrics.setGlobalMeterProvider(meterProvider);
  await startServer(interceptor).unary({});
  expect((await points())[0]).toMatchObject({ name: "rpc.server.call.duration", value: 1 });
});

test("createServerInterceptor() makes no instrument before the first call", async () => {
  const { meterProvider } = createTestMeter();
  const getMeter = vi.spyOn(meterProvider, "getMeter");
  const client = startServer(createServerInterceptor({ meterProvider, meterName: "mine" }));
  expect(getMeter).not.toHaveBeenCalled();
  await client.unary({});
  await client.unary({});
  expect(getMeter.mock.calls).toEqual([["mine"]]);
});

test("createServerInterceptor() leaves calls out that 'filter' refuses", async () => {
  const { meterProvider, points } = createTestMeter();
  const filter: ServerInterceptorOptions["filter"] = (request) => request.method?.name !== "Unary";
  const client = startServer(createServerInterceptor({ meterProvider, filter }));
  await client.unary({});
  expect(await points()).toEqual([]);
});

test("createServerInterceptor() measures, answers and tells diag when 'filter' throws", async () => {
  const faults = watchDiag();
  const { meterProvider, points } = createTestMeter();
  function filter(): boolean {
    throw new Error("bad filter");
  }
  const client = startServer(createServerInterceptor({ meterProvider, filter }));
  expect((await client.unary({ text: "hi" })).text).toBe("hi");
  expect((await points())[0]?.value).toBe(1);
  expect(faults()).toEqual(["@labwire/otelkit: The option 'filter' failed: bad filter"]);
});

test.each([
  {
    name: "throws",
    now: () => {
      throw new Error("bad clock");
    },
  },
  { name: "is NaN", now: () => Number.NaN },
  {
    name: "goes back",
    now: (() => {
      let ms = 9;
      return () => ms--;
    })(),
  },
])("createServerInterceptor() records 0 s and answers when the clock $name", async ({ now }) => {
  const { meterProvider, points } = createTestMeter();
  const client = startServer(createServerInterceptor({ meterProvider, now }));
  expect((await client.unary({ text: "hi" })).text).toBe("hi");
  expect((await points())[0]).toMatchObject({ value: 1, sum: 0 });
});

test("createServerInterceptor() answers, unary and streams, when the meter provider throws", async () => {
  const faults = watchDiag();
  const meterProvider = {
    getMeter() {
      throw new Error("bad provider");
    },
  };
  const client = startServer(createServerInterceptor({ meterProvider }));
  expect((await client.unary({ text: "hi" })).text).toBe("hi");
  expect(await readAll(client.serverStream({ text: "hi" }))).toEqual(["hi"]);
  expect(faults()).toHaveLength(2);
});

test("createServerInterceptor() answers when an instrument throws, even with a diag logger that does", async () => {
  const { meterProvider } = createTestMeter();
  const meter = meterProvider.getMeter("test");
  vi.spyOn(meter, "createHistogram").mockReturnValue({
    record() {
      throw new Error("bad histogram");
    },
  });
  diag.setLogger({
    error() {
      throw new Error("bad logger");
    },
  } as unknown as DiagLogger);
  const client = startServer(createServerInterceptor({ meterProvider: { getMeter: () => meter } }));
  expect((await client.unary({ text: "hi" })).text).toBe("hi");
});

test("createServerInterceptor() passes request and response objects of others through", async () => {
  const key = createContextKey("");
  const { meterProvider } = createTestMeter();
  const seen: unknown[] = [];
  const inner: Interceptor = (next) => async (request) => {
    seen.push(request.contextValues.get(key), request.stream, request.header.get("x-in"));
    const response = await next(request);
    response.header.set("x-out", "2");
    return response;
  };
  const outer: Interceptor = (next) => (request) => {
    request.contextValues.set(key, "value");
    return next(request);
  };
  const client = startServer(outer, createServerInterceptor({ meterProvider }), inner);
  const headers: (string | null)[] = [];
  const options = {
    headers: { "x-in": "1" },
    contextValues: createContextValues(),
    onHeader: (header: Headers) => headers.push(header.get("x-out")),
  };
  await client.unary({}, options);
  await readAll(client.serverStream({}, options));
  expect({ seen, headers }).toEqual({
    seen: ["value", false, "1", "value", true, "1"],
    headers: ["2", "2"],
  });
});

test("createServerInterceptor() sums the series that 'attributeFilter' makes equal", async () => {
  const { meterProvider, points } = createTestMeter();
  const attributeFilter = (name: string) => name === "rpc.system.name";
  const client = startServer(createServerInterceptor({ meterProvider, attributeFilter }));
  await client.unary({});
  await readAll(client.serverStream({}));
  await client.clientStream((async function* () {})()).catch(() => {});
  const all = await points();
  expect(all.map(({ name, value }) => `${name} ${value}`)).toEqual([
    "rpc.server.call.duration 3",
    "rpc.server.active_calls 0",
    "rpc.server.received.messages 2",
    "rpc.server.sent.messages 2",
  ]);
  for (const { attributes } of all) expect(attributes).toEqual({ "rpc.system.name": "connectrpc" });
});

test("createServerInterceptor() leaves an attribute out that 'attributeFilter' throws at, and tells diag", async () => {
  const faults = watchDiag();
  const { meterProvider, points } = createTestMeter();
  function attributeFilter(name: string): boolean {
    if (name === "rpc.method") throw new Error("bad filter");
    return true;
  }
  const presets = ["lab", "grpc", "semconv"] as const;
  const client = startServer(createServerInterceptor({ meterProvider, presets, attributeFilter }));
  expect((await client.unary({ text: "hi" })).text).toBe("hi");
  const duration = (await points()).find(({ name }) => name === "rpc.server.call.duration");
  expect(duration).toMatchObject({ value: 1 });
  expect(duration?.attributes).toEqual({
    "rpc.system.name": "connectrpc",
    "rpc.status_code": "OK",
  });
  expect(new Set(faults())).toEqual(
    new Set(["@labwire/otelkit: The option 'attributeFilter' failed at 'rpc.method': bad filter"]),
  );
});

test("createServerInterceptor() counts a code that Connect does not know as unknown", async () => {
  const { meterProvider, points } = createTestMeter();
  const refuse: Interceptor = () => () => Promise.reject(new ConnectError("odd", 99 as Code));
  const client = startServer(createServerInterceptor({ meterProvider }), refuse);
  await client.unary({}).catch(() => {});
  expect((await points())[0]?.attributes["rpc.status_code"]).toBe("unknown");
});

test("createServerInterceptor() leaves a stream to its handler when the server shuts down", async () => {
  const { meterProvider, points } = createTestMeter();
  const shutdown = new AbortController();
  const transport = createRouterTransport(
    (router) =>
      router.service(EchoService, {
        async *serverStream() {
          yield { text: "first" };
          shutdown.abort(new ConnectError("shutting down", Code.Unavailable));
          yield { text: "last" };
        },
      }),
    {
      router: {
        interceptors: [createServerInterceptor({ meterProvider })],
        shutdownSignal: shutdown.signal,
      },
    },
  );
  const client = createClient(EchoService, transport);
  await readAll(client.serverStream({}));
  expect(
    (await points()).map(({ attributes, value }) => [attributes["rpc.status_code"], value]),
  ).toEqual([
    ["OK", 1],
    [undefined, 0],
    [undefined, 1],
    [undefined, 2],
  ]);
});
