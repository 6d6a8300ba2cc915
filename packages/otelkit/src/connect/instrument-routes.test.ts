// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createClient,
  createContextValues,
  createRouterTransport,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { EchoService } from "@labwire/testdata/echo";
import { diag, metrics } from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import { createTestMeter } from "../manual-reader.testing.ts";
import { captureFaults } from "../tracing/capture-faults.testing.ts";
import { type InstrumentRoutesOptions, instrumentRoutes } from "./instrument-routes.ts";
import { createServerInterceptor } from "./server-interceptor.ts";

afterEach(() => {
  diag.disable();
  metrics.disable();
});

const path = "/labwire.testdata.v1.EchoService/Unary";

function echo({ service }: ConnectRouter) {
  service(EchoService, {
    unary({ text }) {
      if (text === "fail") throw new ConnectError("no", Code.NotFound);
      return { text };
    },
  });
}

function createMeter() {
  const { meterProvider, points } = createTestMeter();
  /** Such as `Unary OK 1`, and ` active 0`. */
  async function report() {
    return (await points())
      .filter(({ name }) => /duration|active/.test(name))
      .map(({ attributes, value }) => {
        const method = String(attributes["rpc.method"]).split("/").pop();
        return `${method} ${attributes["rpc.status_code"] ?? "active"} ${value}`;
      });
  }
  return { meterProvider, report };
}

async function startServer(options: InstrumentRoutesOptions) {
  const routes = instrumentRoutes(echo, options);
  const server = createServer(connectNodeAdapter({ routes, fallback: routes.fallback }));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

test("instrumentRoutes() counts what interceptors never see, with the status on the wire", async () => {
  const { meterProvider, report } = createMeter();
  await using server = await startServer({ meterProvider });
  const json = { "content-type": "application/json" };
  const send = (method: string, headers: Record<string, string>, body?: string) =>
    fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const statuses = [
    await send("POST", json, '{"text":"a"}'),
    await send("POST", json, '{"text":"fail"}'),
    await send("POST", json, "{"),
    await send("POST", { "content-type": "text/plain" }, "a"),
    await send("PUT", json, "{}"),
    await send("POST", { ...json, "content-encoding": "zip" }, "{}"),
    await send("POST", { ...json, "connect-timeout-ms": "soon" }, "{}"),
  ].map(({ status }) => status);
  expect({ statuses, calls: await report() }).toEqual({
    statuses: [200, 404, 400, 415, 405, 501, 400],
    calls: [
      "Unary OK 1",
      "Unary not_found 1",
      "Unary invalid_argument 2",
      "Unary unknown 2",
      "Unary unimplemented 1",
      "Unary active 0",
    ],
  });
});

test("instrumentRoutes().fallback answers 404, and counts what looks like an RPC", async () => {
  const { meterProvider, report } = createMeter();
  await using server = await startServer({ meterProvider });
  const statuses: number[] = [];
  for (const contentType of ["application/grpc", "application/proto", "text/html"]) {
    const headers = { "content-type": contentType };
    const { status } = await fetch(`${server.url}/a/b`, { method: "POST", headers, body: "" });
    statuses.push(status);
  }
  expect({ statuses, calls: await report() }).toEqual({
    statuses: [404, 404, 404],
    calls: [
      "_OTHER UNIMPLEMENTED 1",
      "_OTHER unimplemented 1",
      "_OTHER active 0",
      "_OTHER active 0",
    ],
  });
});

test("instrumentRoutes().countUnknown never throws, and tells diag of headers that are none", () => {
  const faults = captureFaults();
  const { countUnknown } = instrumentRoutes(echo);
  countUnknown({ url: "/a/b", headers: { "x-name": "\u0161" } });
  countUnknown({ url: "/a/b", headers: undefined as unknown as Headers });
  expect(faults).toHaveLength(2);
});

test("instrumentRoutes() counts a call once when it is there twice, and an interceptor too", async () => {
  const { meterProvider, report } = createMeter();
  const options = { meterProvider };
  const transport = createRouterTransport(
    instrumentRoutes(instrumentRoutes(echo, options), options),
    { router: { interceptors: [createServerInterceptor(options)] } },
  );
  await createClient(EchoService, transport).unary({ text: "a" });
  expect(await report()).toEqual(["Unary OK 1", "Unary active 0"]);
});

test("instrumentRoutes() leaves out what 'filter' refuses, and the interceptor behind it does too", async () => {
  const { meterProvider, report } = createMeter();
  const transport = createRouterTransport(
    instrumentRoutes(echo, { meterProvider, filter: ({ header }) => !header.has("x-probe") }),
    { router: { interceptors: [createServerInterceptor({ meterProvider })] } },
  );
  const client = createClient(EchoService, transport);
  const { text } = await client.unary({ text: "a" }, { headers: { "x-probe": "1" } });
  const before = await report();
  await client.unary({ text: "a" });
  expect({ text, before, after: await report() }).toEqual({
    text: "a",
    before: [],
    after: ["Unary OK 1", "Unary active 0"],
  });
});

test("instrumentRoutes() measures services whose options name interceptors of their own", async () => {
  const { meterProvider, report } = createMeter();
  const transport = createRouterTransport(
    instrumentRoutes(
      ({ service }) =>
        service(EchoService, { unary: ({ text }) => ({ text }) }, { interceptors: [] }),
      { meterProvider },
    ),
  );
  await createClient(EchoService, transport).unary({ text: "a" });
  expect(await report()).toEqual(["Unary OK 1", "Unary active 0"]);
});

test("instrumentRoutes() leaves context values as they are, also when calls share them", async () => {
  const { meterProvider, report } = createMeter();
  const key = { id: Symbol("user"), defaultValue: "" };
  const shared = createContextValues().set(key, "ann");
  const seen: string[] = [];
  const routes = instrumentRoutes(
    ({ service }) =>
      service(EchoService, {
        unary({ text }, { values }) {
          seen.push(values.get(key));
          values.set(key, `${text} was here`);
          return { text };
        },
      }),
    { meterProvider },
  );
  const server = createServer(connectNodeAdapter({ routes, contextValues: () => shared }));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const headers = { "content-type": "application/json" };
  for (const text of ["bob", "eve"]) {
    await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ text }) })).text();
  }
  server.closeAllConnections();
  server.close();
  expect({ seen, last: shared.get(key), calls: await report() }).toEqual({
    seen: ["ann", "bob was here"],
    last: "eve was here",
    calls: ["Unary OK 2", "Unary active 0"],
  });
});

test("instrumentRoutes() makes the counters of all methods with 'preregister', each at 0", async () => {
  const { meterProvider, points } = createTestMeter();
  const presets = ["semconv", "lab"] as const;
  createRouterTransport(instrumentRoutes(echo, { meterProvider, presets, preregister: true }));
  const counts = new Map<string, number>();
  for (const { name, value } of await points()) {
    expect(value).toBe(0);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // Five methods; the names of the lab do not tell the two systems apart.
  expect(Object.fromEntries(counts)).toEqual({
    "rpc.server.active_calls": 10,
    "rpc.server.received.messages": 10,
    "rpc.server.sent.messages": 10,
    "rpc.server.received.message.size": 10,
    "rpc.server.received.body.size": 10,
    "rpc.server.sent.message.size": 10,
    "rpc.server.sent.body.size": 10,
    request: 5,
    error_request: 5,
  });
});

test("instrumentRoutes() makes the counters of all methods at the first call when the provider is the global one", async () => {
  const routes = instrumentRoutes(echo, { preregister: true });
  const client = createClient(EchoService, createRouterTransport(routes));
  const { meterProvider, points } = createTestMeter();
  metrics.setGlobalMeterProvider(meterProvider);
  await client.unary({});
  const started = (await points()).filter(({ name }) => name === "rpc.server.active_calls");
  expect(started.map(({ value }) => value)).toEqual(Array.from({ length: 10 }, () => 0));
});

test("instrumentRoutes() makes no counters with 'attributes', whose values only calls have", async () => {
  const { meterProvider, points } = createTestMeter();
  const attributes = () => ({ tier: "gold" });
  createRouterTransport(instrumentRoutes(echo, { meterProvider, preregister: true, attributes }));
  expect(await points()).toEqual([]);
});

test("instrumentRoutes() counts all calls when their attributes are more than the limit", async () => {
  const { meterProvider, points } = createTestMeter();
  const routes = instrumentRoutes(echo, {
    meterProvider,
    cardinalityLimit: 3,
    attributes: ({ header }) => ({ caller: header.get("x-caller") ?? "" }),
  });
  const client = createClient(EchoService, createRouterTransport(routes));
  const calls = Array.from({ length: 9 }, (_, n) =>
    client.unary({}, { headers: { "x-caller": `caller ${n}` } }),
  );
  await Promise.all(calls);
  const seriesOf = async (name: string) =>
    (await points())
      .filter((point) => point.name === name)
      .map(({ attributes, value }) => `${attributes.caller ?? "others"} ${value}`);
  expect(await seriesOf("rpc.server.call.duration")).toEqual([
    "caller 0 1",
    "caller 1 1",
    "others 7",
  ]);
  expect(await seriesOf("rpc.server.active_calls")).toEqual([
    "caller 0 0",
    "caller 1 0",
    "others 0",
  ]);
});
