// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { answered, startLibrary } from "./library.testing.ts";

/** A library that tells the metadata which it gets. */
async function startMirror() {
  const seen: Record<string, string>[] = [];
  const library = await startLibrary({
    healthz: (_request, { requestHeader }: HandlerContext) => {
      seen.push(Object.fromEntries(requestHeader));
      return {};
    },
  });
  return { library, seen };
}

test("createGateway() passes on metadata, authorization and trace context", async () => {
  const { library, seen } = await startMirror();
  await using _ = library;
  await fetch(library.url, {
    headers: {
      "grpc-metadata-tenant": "a",
      "Grpc-Metadata-Key-Bin": "AP8=",
      authorization: "Bearer t",
      cookie: "c=1",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "v=1",
      "x-forwarded-for": "203.0.113.7",
      "x-other": "not passed",
    },
  });
  expect(seen[0]).toMatchObject({
    tenant: "a",
    "key-bin": "AP8=",
    authorization: "Bearer t",
    "grpcgateway-authorization": "Bearer t",
    "grpcgateway-cookie": "c=1",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    tracestate: "v=1",
    "x-forwarded-for": "203.0.113.7, 127.0.0.1",
    "x-forwarded-host": `127.0.0.1:${library.port}`,
  });
  expect(seen[0]).not.toHaveProperty("x-other");
});

test("createGateway() passes on no metadata that is the RPC protocol's own", async () => {
  const { library, seen } = await startMirror();
  await using _ = library;
  const names = [
    "content-type",
    "content-length",
    "connection",
    "host",
    "te",
    "transfer-encoding",
    "grpc-timeout",
    "grpc-encoding",
    "connect-protocol-version",
  ];
  const headers = Object.fromEntries(names.map((name) => [`grpc-metadata-${name}`, "evil"]));
  const { status } = await fetch(library.url, { headers });
  const evil = Object.entries(seen[0] ?? {}).filter(([, value]) => value.includes("evil"));
  expect([status, evil]).toEqual([200, []]);
});

test("createGateway() leaves out metadata that gRPC cannot carry", async () => {
  const { library, seen } = await startMirror();
  await using _ = library;
  const headers = { "grpc-metadata-a!": "x", "grpc-metadata-b": "caf\xe9", "grpc-metadata-c": "x" };
  const { status } = await fetch(library.url, { headers });
  const { c, ...rest } = seen[0] ?? {};
  expect([status, c, "b" in rest, "a!" in rest]).toEqual([200, "x", false, false]);
});

test("createGateway() answers the server's metadata, of errors too, and not its protocol", async () => {
  await using library = await startLibrary({
    healthz: (_request, { responseHeader }) => {
      responseHeader.set("tenant", "a");
      return {};
    },
    listBooks: () => {
      throw new ConnectError("no", Code.Aborted, { tenant: "b" });
    },
  });
  const dumps = ["/", "/v1/books"].map(async (path) => {
    const { headers } = await fetch(library.url + path);
    return [...headers].filter(([name]) => name.startsWith("grpc-"));
  });
  expect(await Promise.all(dumps)).toEqual([
    [["grpc-metadata-tenant", "a"]],
    [["grpc-metadata-tenant", "b"]],
  ]);
});

test.each<[timeout: string | undefined, ms: number | undefined]>([
  ["90S", 90_000],
  ["2H", 7_200_000],
  ["1M", 60_000],
  ["250m", 250],
  ["1500u", 2],
  ["1n", 1],
  ["999999999999999H", 99_999_999],
  ["0S", undefined],
  [undefined, undefined],
])("createGateway() makes of 'Grpc-Timeout: %s' a timeout of %s ms", async (timeout, ms) => {
  const { library } = await startMirror();
  await using _ = library;
  const seen: (number | undefined)[] = [];
  await using spied = await startLibrary(
    {},
    {
      transport: {
        ...library.transport,
        unary: (method, signal, timeoutMs, ...rest) => {
          seen.push(timeoutMs);
          // Not to be raced by the timeout itself.
          return library.transport.unary(method, signal, undefined, ...rest);
        },
      },
    },
  );
  await fetch(spied.url, { headers: timeout === undefined ? {} : { "grpc-timeout": timeout } });
  expect(seen).toEqual([ms]);
});

test.each(["1", "S", "1s", "-1S", "1.5S", "soon"])(
  "createGateway() refuses 'Grpc-Timeout: %s'",
  async (timeout) => {
    const { library, seen } = await startMirror();
    await using _ = library;
    const answer = await answered(fetch(library.url, { headers: { "grpc-timeout": timeout } }));
    expect([answer, seen]).toEqual([
      [400, { code: 3, message: `invalid grpc-timeout: ${timeout}`, details: [] }],
      [],
    ]);
  },
);

test("createGateway() answers 504 after Grpc-Timeout or timeoutMs, and the server is told", async () => {
  const told = Promise.withResolvers<string>();
  const hang = (_request: unknown, { signal }: HandlerContext) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        told.resolve(ConnectError.from(signal.reason).message);
        reject(signal.reason);
      });
    });
  await using library = await startLibrary({ healthz: hang }, { timeoutMs: 20 });
  const headers = { "grpc-timeout": "10m" };
  expect(
    await Promise.all([answered(fetch(library.url)), answered(fetch(library.url, { headers }))]),
  ).toEqual(Array(2).fill([504, { code: 4, message: "the operation timed out", details: [] }]));
  await told.promise;
});
