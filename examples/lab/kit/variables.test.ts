// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import * as variable from "./variables.ts";

const about = { doc: "A variable." };

test.each([
  [variable.duration(about), "500ms", 500],
  [variable.duration(about), "1.5s", 1500],
  [variable.duration(about), "3m", 180_000],
  [variable.integer(about), "0", 0],
  [variable.boolean(about), "true", true],
  [variable.numbers(about), "10,100,200.5", [10, 100, 200.5]],
  [variable.address(about), "[::1]:80", { host: "::1", port: 80 }],
  [
    variable.addresses(about),
    "a:1,b:2",
    [
      { host: "a", port: 1 },
      { host: "b", port: 2 },
    ],
  ],
  [variable.oneOf(["mock", "ffmpeg"], about), "mock", "mock"],
])("a variable %j reads '%s'", (kind, text, value) => {
  expect(kind.parse(text)).toEqual(value);
});

test.each([
  [variable.duration(about), "10", "a duration like 500ms, 30s or 3m"],
  [variable.integer({ ...about, max: 10 }), "11", "a whole number from 0 to 10"],
  [variable.integer(about), "1e3", "a whole number from 0"],
  [variable.boolean(about), "yes", "one of true, false"],
  [variable.numbers(about), "10,5", "ascending numbers separated by commas"],
  [variable.address(about), "localhost", "an address like 127.0.0.1:8081"],
  [variable.address(about), ":70000", "an address like 127.0.0.1:8081"],
  [variable.address(about), "redis://localhost:6379", "an address like 127.0.0.1:8081"],
])("a variable %j refuses '%s'", (kind, text, message) => {
  expect(() => kind.parse(text)).toThrow(message);
});
