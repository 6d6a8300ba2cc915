// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ProtokitError } from "./protokit-error.ts";

test("ProtokitError.from() returns a ProtokitError as it is", () => {
  const error = new ProtokitError("Cannot decode", { code: "decode" });
  expect(ProtokitError.from(error)).toBe(error);
});

test("ProtokitError.from() never throws, whatever was thrown", () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("no");
      },
      getPrototypeOf() {
        throw new Error("no");
      },
    },
  );
  const reasons = [new TypeError("bad"), "text", 1, null, undefined, Symbol("s"), hostile];
  const reports = [...reasons, Object.create(null)].map((reason) => {
    const { name, code, retryable, message } = ProtokitError.from(reason);
    return `${name} ${code} ${retryable} ${message}`;
  });
  expect(reports).toEqual([
    "ProtokitError unknown false bad",
    "ProtokitError unknown false text",
    "ProtokitError unknown false 1",
    "ProtokitError unknown false null",
    "ProtokitError unknown false undefined",
    "ProtokitError unknown false Symbol(s)",
    "ProtokitError unknown false Unprintable value was thrown",
    "ProtokitError unknown false Unprintable value was thrown",
  ]);
});
