// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { GatewaykitError } from "./gatewaykit-error.ts";

test("GatewaykitError.from() returns a GatewaykitError as it is", () => {
  const error = new GatewaykitError("Cannot route", { code: "rule" });
  expect(GatewaykitError.from(error)).toBe(error);
});

test("GatewaykitError.from() never throws, whatever was thrown", () => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error("no");
      },
    },
  );
  const reports = [new TypeError("bad"), "text", null, Symbol("s"), hostile].map((reason) => {
    const { name, code, message, cause } = GatewaykitError.from(reason);
    return [name, code, message, cause === reason];
  });
  expect(reports).toEqual([
    ["GatewaykitError", "unknown", "bad", true],
    ["GatewaykitError", "unknown", "text", true],
    ["GatewaykitError", "unknown", "null", true],
    ["GatewaykitError", "unknown", "Symbol(s)", true],
    ["GatewaykitError", "unknown", "Unprintable value was thrown", true],
  ]);
});
