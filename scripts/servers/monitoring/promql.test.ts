// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { metricsOf, parsePromQL, withoutThresholds } from "./promql.ts";

test("metricsOf() names every metric once for each place", () => {
  expect(metricsOf('sum by (job) (rate(a_total{job="x"}[5m])) / job:b:rate5m > 0')).toEqual([
    "a_total",
    "job:b:rate5m",
  ]);
});

test("parsePromQL() throws with the place that is no PromQL", () => {
  expect(() => parsePromQL("sum(rate(a[5m]) / ")).toThrow("Cannot parse 'sum(rate(a[5m]) / '");
  expect(() => parsePromQL('a{job="x"')).toThrow("Cannot parse");
});

test.each([
  ["a > 5", "a"],
  ["a > 100 and deriv(a[5m]) > 0", "a and deriv(a[5m])"],
  ["(count(a == 1) or vector(0)) < 1", "(count(a) or vector(0))"],
  ["sum(a) / sum(b) > 0.1", "sum(a) / sum(b)"],
  ["1 - a / b", "1 - a / b"],
  ["a > b", "a > b"],
])("withoutThresholds() makes of '%s' '%s'", (expression, expected) => {
  expect(withoutThresholds(expression)).toBe(expected);
});
