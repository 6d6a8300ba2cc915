// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { abortedServerCode, clientErrorCode, messageOf, serverErrorCode } from "./call-status.ts";

const live = new AbortController().signal;

/** By functions, as the test runner looks into its tables. */
const hostile = () =>
  new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error("do not look");
      },
    },
  );

test.each([
  {
    name: "a ConnectError",
    thrown: () => new ConnectError("no", Code.NotFound),
    server: Code.NotFound,
    client: Code.NotFound,
    message: "no",
  },
  {
    name: "an Error",
    thrown: () => new Error("no"),
    server: Code.Internal,
    client: Code.Unknown,
    message: "no",
  },
  {
    name: "an AbortError",
    thrown: () => new DOMException("no", "AbortError"),
    server: Code.Internal,
    client: Code.Canceled,
    message: "no",
  },
  { name: "nothing", thrown: () => undefined, server: Code.Internal, client: Code.Unknown },
  { name: "a string", thrown: () => "no", server: Code.Internal, client: Code.Unknown },
  {
    name: "an object without a string",
    thrown: () => Object.create(null),
    server: Code.Internal,
    client: Code.Unknown,
  },
  {
    name: "an object that throws",
    thrown: hostile,
    server: Code.Internal,
    client: Code.Unknown,
  },
])("The status of $name is what Connect makes of it", ({ thrown, server, client, message }) => {
  const error = thrown();
  expect({
    server: serverErrorCode(error, live),
    client: clientErrorCode(error, live),
    message: messageOf(error),
  }).toEqual({ server, client, message });
});

test.each([
  { name: "nothing", reason: () => undefined, server: Code.Canceled, client: Code.Canceled },
  { name: "an object that throws", reason: hostile, server: Code.Canceled, client: Code.Canceled },
  {
    name: "a deadline",
    reason: () => new ConnectError("late", Code.DeadlineExceeded),
    server: Code.DeadlineExceeded,
    client: Code.DeadlineExceeded,
  },
  {
    name: "a reset",
    reason: () => new ConnectError("reset", Code.Internal),
    server: Code.Canceled,
    client: Code.Internal,
  },
  {
    name: "a shutdown",
    reason: () => new ConnectError("shutting down", Code.Unavailable),
    server: Code.NotFound,
    client: Code.Unavailable,
  },
])("The status of a call that was aborted by $name is the reason's", (row) => {
  const signal = AbortSignal.abort(row.reason());
  const error = new ConnectError("no", Code.NotFound);
  const { server, client } = row;
  expect({
    server: serverErrorCode(error, signal),
    client: clientErrorCode(error, signal),
  }).toEqual({ server, client });
});

test("abortedServerCode() is undefined while nothing is aborted", () => {
  expect(abortedServerCode(live)).toBe(undefined);
});
