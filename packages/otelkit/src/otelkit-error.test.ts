// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { OtelkitError } from "./otelkit-error.ts";

test("OtelkitError.from() returns an OtelkitError as it is", () => {
  const error = new OtelkitError("Cannot listen", { code: "listen_failed" });
  expect(OtelkitError.from(error)).toBe(error);
});

test("OtelkitError.from() never throws, whatever was thrown", () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("no");
      },
    },
  );
  const reports = [new TypeError("bad"), "text", null, undefined, hostile].map((reason) => {
    const { name, code, message } = OtelkitError.from(reason);
    return `${name} ${code} ${message}`;
  });
  expect(reports).toEqual([
    "OtelkitError unknown bad",
    "OtelkitError unknown text",
    "OtelkitError unknown null",
    "OtelkitError unknown undefined",
    "OtelkitError unknown Unprintable value was thrown",
  ]);
});
