// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { EchoService } from "@labwire/testdata/echo";
import { expect, test } from "vitest";
import { createClientInterceptor } from "../connect/client-interceptor.ts";
import { instrumentRoutes } from "../connect/instrument-routes.ts";
import { createServerInterceptor } from "../connect/server-interceptor.ts";
import { spanReference } from "./span-reference.ts";
import { createTestTraces, titleOf } from "./traces.testing.ts";

test("Spans have the headers that are asked for, as lists, and attributes of the user's", async () => {
  const { tracerProvider, ended } = createTestTraces();
  const transport = createRouterTransport(
    ({ service }) => service(EchoService, { unary: () => ({}) }),
    {
      router: {
        interceptors: [
          createServerInterceptor({
            tracerProvider,
            headerAttributes: ["X-Tenant", "x-absent"],
            attributes: () => ({ tier: "gold" }),
          }),
        ],
      },
    },
  );
  const headers = [
    ["x-tenant", "a"],
    ["x-tenant", "b"],
    ["x-secret", "c"],
  ] as [string, string][];
  await createClient(EchoService, transport).unary({}, { headers });
  const [span] = await ended(1);
  expect(span?.attributes).toEqual({
    tier: "gold",
    "rpc.system.name": "connectrpc",
    "rpc.method": "labwire.testdata.v1.EchoService/Unary",
    "rpc.request.header.x-tenant": ["a, b"],
    "rpc.status_code": "OK",
  });
});

test("Spans refuse a header that cannot be one", () => {
  expect(() => createServerInterceptor({ headerAttributes: ["a b"] })).toThrow(
    "Cannot trace calls as 'headerAttributes' must name headers: current value is 'a b'",
  );
});

test.each([
  { url: "/a.B/Typo?x=1", original: "a.B/Typo" },
  { url: "https://host:8080/a.B/Typo", original: "a.B/Typo" },
  { url: `/${"a".repeat(1000)}`, original: "a".repeat(256) },
  { url: "//a/b", original: "/a/b" },
  { url: "*", original: "*" },
  { url: "", original: "" },
])("Spans are of the system when no service has the path, such as '$url'", async (unknown) => {
  const { tracerProvider, ended } = createTestTraces();
  const { countUnknown } = instrumentRoutes(() => {}, { tracerProvider });
  countUnknown({ url: unknown.url, headers: { "content-type": "application/grpc" } });
  const [span] = await ended(1);
  expect(span && titleOf(span)).toBe("SERVER grpc: ERROR");
  expect(span?.attributes).toEqual({
    "rpc.system.name": "grpc",
    "rpc.method": "_OTHER",
    "rpc.method_original": unknown.original,
    "rpc.status_code": "UNIMPLEMENTED",
    "error.type": "UNIMPLEMENTED",
  });
});

test("Spans have the attributes of spanReference, all of them and no others", async () => {
  const { tracerProvider, ended } = createTestTraces();
  const options = { tracerProvider, headerAttributes: ["content-type"] };
  const routes = instrumentRoutes(({ service }) => service(EchoService, {}), options);
  routes.countUnknown({ url: "/a", headers: { "content-type": "application/grpc" } });
  const transport = createRouterTransport(routes, {
    transport: { interceptors: [createClientInterceptor(options)] },
  });
  await expect(createClient(EchoService, transport).unary({})).rejects.toThrow();
  const spans = await ended(3);
  for (const { kind, attributes } of spanReference) {
    const found = spans.filter((span) => titleOf(span).startsWith(kind));
    const names = found.flatMap((span) => Object.keys(span.attributes));
    const described = attributes.map(({ name }) => name.replace("<name>", "content-type"));
    expect([...new Set(names)].sort()).toEqual(described.sort());
  }
});
