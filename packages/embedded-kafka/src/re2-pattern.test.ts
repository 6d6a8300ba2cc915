// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { matching, re2Pattern } from "./re2-pattern.ts";

test.each([
  { pattern: "orders.*", name: "orders-1", matches: true },
  { pattern: "order", name: "orders", matches: false },
  { pattern: "a|b", name: "ab", matches: false },
  { pattern: "(?i)ORDERS", name: "orders", matches: true },
  { pattern: "\\Qa.b\\E.*", name: "a.b-1", matches: true },
  { pattern: "\\Qa.b\\E", name: "axb", matches: false },
  { pattern: "\\Aa\\w+\\z", name: "abc", matches: true },
  { pattern: "(?P<first>a)b", name: "ab", matches: true },
  { pattern: "a\\(?=b", name: "a=b", matches: true },
])("re2Pattern() of '$pattern' matches '$name': $matches", ({ pattern, name, matches }) => {
  expect(re2Pattern(pattern)?.test(name)).toBe(matches);
});

test.each(["[", "(?=a)b", "a(?!b)", "(?<=a)b", "(a)\\1", "*"])(
  "re2Pattern() returns undefined when given '%s'",
  (pattern) => expect(re2Pattern(pattern)).toBeUndefined(),
);

test("matching() gives up on a pattern that backtracks for ever", () => {
  const names = ["a".repeat(249), "aab"];
  const pattern = (text: string) => re2Pattern(text) as RegExp;
  expect([matching(pattern("(a+)+b"), names), matching(pattern("a+b"), names)]).toEqual([
    undefined,
    ["aab"],
  ]);
});
