// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { errorTypeOf } from "./error-type.ts";

test.each<[string, unknown, string]>([
  ["the class of an error", new RangeError("any text"), "RangeError"],
  [
    "the code of a system's error",
    Object.assign(new Error(), { code: "ECONNRESET" }),
    "ECONNRESET",
  ],
  ["the code of a cause", new TypeError("", { cause: { code: "ECONNREFUSED" } }), "ECONNREFUSED"],
  ["the class when the code is a number", Object.assign(new Error(), { code: 5 }), "Error"],
  [
    "the class when the code is text",
    Object.assign(new Error(), { code: "no such file" }),
    "Error",
  ],
  [
    "_OTHER for a name that is text",
    Object.assign(new Error(), { name: "user 7 is away" }),
    "_OTHER",
  ],
  ["_OTHER for what is no error", "text", "_OTHER"],
  [
    "_OTHER for an error that cannot be looked at",
    Object.defineProperty(new Error(), "code", {
      get() {
        throw new Error();
      },
    }),
    "_OTHER",
  ],
])("errorTypeOf() gives %s", (_, error, type) => {
  expect(errorTypeOf(error)).toBe(type);
});
