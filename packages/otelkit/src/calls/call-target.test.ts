// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMethod } from "@bufbuild/protobuf";
import { EchoService } from "@labwire/testdata/echo";
import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { collectGarbageUntil } from "../collect-garbage.testing.ts";
import { type CallSide, type CallTarget, createTargetLookup } from "./call-target.ts";

const { unary } = EchoService.method;

function createLookup(
  side: CallSide,
  options: { limit?: number; attributes?: () => Attributes } = {},
) {
  const bound: CallTarget[] = [];
  const lookUp = createTargetLookup<CallTarget>({
    side,
    limit: 2000,
    ...options,
    bind(target) {
      bound.push(target);
      return target;
    },
  });
  const targetOf = (method?: DescMethod, url = "/", header: Record<string, string> = {}) =>
    lookUp({ method, url, header: new Headers(header) });
  return { bound, targetOf };
}

test.each([
  { type: "application/grpc", system: "grpc" },
  { type: "application/grpc-web+proto", system: "grpc" },
  { type: "application/connect+json", system: "connectrpc" },
  { type: "application/json", system: "connectrpc" },
])("createTargetLookup() finds that $type is $system", ({ type, system }) => {
  const { targetOf } = createLookup("server");
  expect(targetOf(unary, "/", { "content-type": type })).toEqual({
    side: "server",
    system,
    service: "labwire.testdata.v1.EchoService",
    method: "labwire.testdata.v1.EchoService/Unary",
    kind: "unary",
  });
});

test.each([
  { url: "https://a.example/b", server: { serverAddress: "a.example", serverPort: 443 } },
  { url: "http://a.example/b", server: { serverAddress: "a.example", serverPort: 80 } },
  { url: "http://[::1]:81/b", server: { serverAddress: "::1", serverPort: 81 } },
  { url: "/b", server: {} },
])("createTargetLookup() finds the server of $url", ({ url, server }) => {
  const { targetOf } = createLookup("client");
  const { side, system, service, method, kind, ...rest } = targetOf(unary, url);
  expect(rest).toEqual(server);
});

test("createTargetLookup() makes one target of what a server's callers write", () => {
  const { bound, targetOf } = createLookup("server");
  targetOf(undefined, "/a/b");
  targetOf(undefined, "/c/d");
  expect(bound).toMatchObject([{ service: "", method: "_OTHER", kind: undefined }]);
});

test("createTargetLookup() makes one target of equal attributes, in whatever order", () => {
  let attributes: Attributes = {};
  const { bound, targetOf } = createLookup("server", { attributes: () => attributes });
  for (attributes of [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }]) targetOf(unary);
  expect(bound.map(({ extra }) => extra)).toEqual([{ a: 1, b: 2 }, { a: 1 }]);
});

test("createTargetLookup() goes on over its limit, and keeps no more targets", () => {
  let n = 0;
  const { bound, targetOf } = createLookup("server", { limit: 2, attributes: () => ({ n }) });
  for (n of [1, 2, 3, 1, 2, 3]) expect(targetOf(unary).extra).toEqual({ n });
  expect(bound.map(({ extra }) => extra)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 3 }]);
});

test("createTargetLookup() does not keep methods of descriptors that are read again and again", async () => {
  const { bound, targetOf } = createLookup("server", { limit: 2 });
  let isCollected = false;
  const registry = new FinalizationRegistry(() => {
    isCollected = true;
  });
  for (let i = 0; i < 4; i++) {
    const method = { ...unary };
    if (i === 0) registry.register(method, undefined);
    targetOf(method);
  }
  await collectGarbageUntil(() => isCollected);
  expect({ isCollected, targets: bound.length }).toEqual({ isCollected: true, targets: 1 });
});
