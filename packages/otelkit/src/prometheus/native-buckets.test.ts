// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import type { ExponentialHistogramView } from "../store/metric-view.ts";
import { nativeHistogram } from "./native-buckets.ts";

const none = { offset: 0, counts: [] };

function view(scale: number, offset: number, counts: number[]): ExponentialHistogramView {
  const count = counts.reduce((total, one) => total + one, 0);
  const positive = { offset, counts };
  return {
    attributes: {},
    startTimeMs: 0,
    scale,
    zeroCount: 0,
    count,
    sum: 0,
    positive,
    negative: none,
  };
}

test("nativeHistogram() bridges short gaps and starts a span after long ones", () => {
  expect(nativeHistogram(view(3, -2, [1, 0, 0, 4, 0, 0, 0, 2, 2]))).toEqual({
    schema: 3,
    positive: {
      spans: [
        { offset: -1, length: 4 },
        { offset: 3, length: 2 },
      ],
      deltas: [1, -1, 0, 4, -2, 0],
    },
    negative: { spans: [], deltas: [] },
  });
});

test("nativeHistogram() merges buckets that are finer than Prometheus's", () => {
  expect(nativeHistogram(view(10, 4, [1, 1, 1, 1, 1]))?.positive).toEqual({
    spans: [{ offset: 2, length: 2 }],
    deltas: [4, -3],
  });
});

test("nativeHistogram() is undefined when buckets are wider than Prometheus's", () => {
  expect(nativeHistogram(view(-5, 0, [1]))).toBe(undefined);
});
