// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { recordMetrics } from "../kit/telemetry/metrics.testing.ts";
import type { Video } from "../video/store.ts";
import { createStreamMetrics } from "./stream-metrics.ts";

const video = {
  createdAt: new Date("2026-01-01T00:00:00Z"),
  updatedAt: new Date("2026-01-01T00:00:12.500Z"),
} as Video;

test("createStreamMetrics() measures renditions by height and outcome", async () => {
  const { meterProvider, series } = await recordMetrics();
  const { measure } = createStreamMetrics(meterProvider);
  const { signal } = new AbortController();
  const discard = async () => {};
  const works = measure({ discard, transcode: async (_video, scale) => `url-${scale}` });
  const fails = measure({
    discard,
    transcode: () => Promise.reject(new TypeError("no such codec")),
  });

  expect(await works.transcode(video, 720, signal)).toBe("url-720");
  await works.transcode(video, 4711, signal);
  await expect(fails.transcode(video, 360, signal)).rejects.toThrow("no such codec");
  await expect(fails.transcode(video, 360, AbortSignal.abort())).rejects.toThrow();

  expect(await series("lab_transcode_duration_seconds_count")).toEqual([
    '{error_type="TypeError",lab_transcode_outcome="canceled",lab_transcode_scale="360"} 1',
    '{error_type="TypeError",lab_transcode_outcome="failed",lab_transcode_scale="360"} 1',
    '{lab_transcode_outcome="made",lab_transcode_scale="720"} 1',
    '{lab_transcode_outcome="made",lab_transcode_scale="_OTHER"} 1',
  ]);
});

test("createStreamMetrics() measures the way from the upload to the last rendition", async () => {
  const { meterProvider, series } = await recordMetrics();
  createStreamMetrics(meterProvider).complete(video);
  expect(await series("lab_video_completion_duration_seconds_sum")).toEqual(["12.5"]);
});
