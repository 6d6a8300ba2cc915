// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { DatabaseError } from "pg";
import { expect, test } from "vitest";
import {
  isMissingTable,
  isPassing,
  isRefusal,
  postgresConfig,
  postgresReason,
} from "./postgres.ts";

test.each([
  ["08006", "passing"],
  ["40P01", "passing"],
  ["53300", "passing"],
  ["55P03", "passing"],
  ["57014", "passing"],
  ["57P01", "passing"],
  ["57P03", "passing"],
  ["58030", "passing"],
  ["25006", "passing"],
  ["28P01", "refusal"],
  ["28000", "refusal"],
  ["3D000", "refusal"],
  ["42P01", "missing table"],
  ["42501", "neither"],
  ["23505", "neither"],
  ["22021", "neither"],
])("an error with SQLSTATE %s is %s", (code, kind) => {
  const error = new DatabaseError("reason", 0, "error");
  error.code = code;

  const kinds = [
    ...(isPassing(error) ? ["passing"] : []),
    ...(isRefusal(error) ? ["refusal"] : []),
    ...(isMissingTable(error) ? ["missing table"] : []),
  ];

  expect(kinds).toEqual(kind === "neither" ? [] : [kind]);
});

test("isPassing() takes errors of a connection, and none of a program", () => {
  const lost = new Error("Connection terminated unexpectedly");

  expect([lost, new TypeError("x is undefined"), "text"].map(isPassing)).toEqual([
    true,
    false,
    false,
  ]);
});

test("postgresReason() says why each address of a host failed", () => {
  const error = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]);

  expect(postgresReason(error)).toBe("refused ::1; refused 127.0.0.1");
});

test.each(["postgres://host:port/x", "postgres://host/x?sslrootcert=/no/such/file"])(
  "postgresConfig() refuses '%s'",
  (url) => {
    expect(() => postgresConfig(url)).toThrow(`Cannot read the address '${url}': `);
  },
);
