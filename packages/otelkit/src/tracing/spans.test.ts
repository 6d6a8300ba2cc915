// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import * as experimental from "@opentelemetry/semantic-conventions/incubating";
import { describe, expect, test } from "vitest";
import { allWires, spell } from "../connect/wire.testing.ts";
import { spanReference } from "./span-reference.ts";
import { layers, startTraced, titleOf, useContextManager } from "./traces.testing.ts";

useContextManager();

const method = "labwire.testdata.v1.EchoService/Unary";

const cases = allWires.flatMap((wire) => layers.map((layer) => ({ wire, layer, name: wire.name })));

describe.each(cases)("Spans of a call, $name, by $layer,", ({ wire, layer }) => {
  const isInMemory = wire.name === "Connect in memory";
  const target = { "rpc.system.name": wire.system, "rpc.method": method };
  const server = isInMemory
    ? { "server.address": "in-memory", "server.port": 443 }
    : { "server.address": "127.0.0.1", "server.port": expect.any(Number) };

  test("are of the convention when it succeeds", async () => {
    await using traced = await startTraced(wire, { unary: ({ text }) => ({ text }) }, { layer });
    await traced.client.unary({ text: "a" });
    const spans = await traced.traces.ended(2);
    expect(spans.map(titleOf)).toEqual([`SERVER ${method}: UNSET`, `CLIENT ${method}: UNSET`]);
    expect(spans.map(({ attributes }) => attributes)).toEqual([
      { ...target, "rpc.status_code": "OK" },
      { ...target, ...server, "rpc.status_code": "OK" },
    ]);
  });

  test.each([
    { code: Code.NotFound, name: "not_found", isServerFault: false },
    { code: Code.Unavailable, name: "unavailable", isServerFault: true },
  ])("tell of $name where it is a failure", async ({ code, name, isServerFault }) => {
    function unary(): never {
      throw new ConnectError("no such thing", code);
    }
    await using traced = await startTraced(wire, { unary }, { layer });
    await expect(traced.client.unary({})).rejects.toThrow(name);
    const spans = await traced.traces.ended(2);
    expect(spans.map(titleOf)).toEqual([
      `SERVER ${method}: ${isServerFault ? "ERROR no such thing" : "UNSET"}`,
      `CLIENT ${method}: ERROR no such thing`,
    ]);
    const status = { "rpc.status_code": spell(wire, name) };
    const failure = { ...status, "error.type": spell(wire, name) };
    expect(spans.map(({ attributes }) => attributes)).toEqual([
      { ...target, ...(isServerFault ? failure : status) },
      { ...target, ...server, ...failure },
    ]);
  });

  test("are linked by default, and of one trace with 'trustRemote'", async () => {
    const handlers = { unary: () => ({}) };
    const ends: string[] = [];
    for (const trustRemote of [false, true]) {
      await using traced = await startTraced(wire, handlers, { layer, trustRemote });
      await traced.client.unary({});
      const [server, client] = await traced.traces.ended(2);
      const { traceId, spanId } = client?.spanContext() ?? {};
      ends.push(
        [
          server?.spanContext().traceId === traceId ? "same trace" : "other trace",
          server?.parentSpanContext?.spanId === spanId ? "child" : "root",
          server?.links.some(({ context }) => context.spanId === spanId) ? "linked" : "not linked",
        ].join(", "),
      );
    }
    const child = "same trace, child, not linked";
    // In memory the client's span is around the handler.
    expect(ends).toEqual([isInMemory ? child : "other trace, root, linked", child]);
  });
});

test("spanReference names the attributes of the convention", () => {
  const known = new Set<unknown>(Object.values(experimental));
  const names = spanReference.flatMap(({ attributes }) => attributes.map(({ name }) => name));
  expect(names.filter((name) => !known.has(name) && !name.endsWith("<name>"))).toEqual([]);
  expect(experimental.ATTR_RPC_REQUEST_HEADER("<name>")).toBe("rpc.request.header.<name>");
  expect(names).toContain("rpc.request.header.<name>");
});
