// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create, createRegistry } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type Interceptor } from "@connectrpc/connect";
import { KindsSchema } from "@labwire/testdata/kinds";
import { LibraryService } from "@labwire/testdata/library";
import { expect, test } from "vitest";
import { createGateway } from "./index.ts";
import { answered, startLibrary } from "./library.testing.ts";

// grpc-gateway's mapping.
const statuses: [Code, number][] = [
  [Code.Canceled, 499],
  [Code.Unknown, 500],
  [Code.InvalidArgument, 400],
  [Code.DeadlineExceeded, 504],
  [Code.NotFound, 404],
  [Code.AlreadyExists, 409],
  [Code.PermissionDenied, 403],
  [Code.ResourceExhausted, 429],
  [Code.FailedPrecondition, 400],
  [Code.Aborted, 409],
  [Code.OutOfRange, 400],
  [Code.Unimplemented, 501],
  [Code.Internal, 500],
  [Code.Unavailable, 503],
  [Code.DataLoss, 500],
  [Code.Unauthenticated, 401],
];

test("createGateway() maps each code to grpc-gateway's status", async () => {
  await using library = await startLibrary({
    listBooks: ({ limit }) => {
      throw new ConnectError(`code ${limit}`, limit);
    },
  });
  const answers = statuses.map(([code]) =>
    answered(fetch(`${library.url}/v1/books?limit=${code}`)),
  );
  expect(await Promise.all(answers)).toEqual(
    statuses.map(([code, status]) => [status, { code, message: `code ${code}`, details: [] }]),
  );
});

test("createGateway() does not tell what a server throws that is no ConnectError", async () => {
  await using library = await startLibrary({
    healthz: () => {
      throw new Error("secret");
    },
  });
  const error = { code: 13, message: "internal error", details: [] };
  expect(await answered(fetch(library.url))).toEqual([500, error]);
});

test("createGateway() answers 503 when the server is away", async () => {
  const library = await startLibrary({ healthz: () => ({}) }, {});
  await using away = await startLibrary({}, { transport: library.transport });
  await library[Symbol.asyncDispose]();
  const [status, body] = await answered(fetch(away.url));
  expect([status, body]).toEqual([503, { code: 14, message: expect.any(String), details: [] }]);
});

test("createGateway() writes details of types that it knows, and the bytes of others", async () => {
  const details = [
    { desc: KindsSchema.field.nested.message as never, value: { name: "n" } },
    { desc: DurationSchema, value: { seconds: 3n } },
  ];
  await using library = await startLibrary(
    {
      healthz: () => {
        throw new ConnectError("no", Code.Aborted, undefined, details);
      },
    },
    {},
  );
  const nested = { "@type": "type.googleapis.com/labwire.testdata.v1.Kinds.Nested", name: "n" };
  const duration = "type.googleapis.com/google.protobuf.Duration";
  const body = (last: unknown) => ({ code: 10, message: "no", details: [nested, last] });
  expect(await answered(fetch(library.url))).toEqual([
    409,
    body({ "@type": duration, value: "CAM=" }),
  ]);

  await using knowing = await startLibrary(
    {},
    {
      transport: library.transport,
      registry: createRegistry(DurationSchema),
    },
  );
  expect(await answered(fetch(knowing.url))).toEqual([
    409,
    body({ "@type": duration, value: "3s" }),
  ]);
});

test("createGateway() writes details of an error that was never on a wire", async () => {
  const refuse: Interceptor = () => async () => {
    const value = create(DurationSchema, { seconds: 1n });
    throw new ConnectError("no", Code.Aborted, undefined, [{ desc: DurationSchema, value }]);
  };
  const transport = createRouterTransport(() => {}, { transport: { interceptors: [refuse] } });
  const gateway = createGateway({ services: [LibraryService], transport });
  expect(await answered(gateway.fetch(new Request("http://gateway/")))).toEqual([
    409,
    {
      code: 10,
      message: "no",
      details: [{ "@type": "type.googleapis.com/google.protobuf.Duration", value: "1s" }],
    },
  ]);
});

test("createGateway() names the challenge of 401 as grpc-gateway does", async () => {
  await using library = await startLibrary({
    healthz: () => {
      throw new ConnectError('Bearer realm="é"\n', Code.Unauthenticated);
    },
  });
  const response = await fetch(library.url);
  expect([response.status, response.headers.get("www-authenticate")]).toEqual([
    401,
    'Bearer realm=" "',
  ]);
});
