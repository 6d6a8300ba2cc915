// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import { errorType, labMeter } from "../kit/telemetry/operation-duration.ts";
import { targetScales, type Video } from "../video/store.ts";
import type { Transcoder } from "./transcoder.ts";

export interface StreamMetrics {
  /** The transcoder, with every rendition measured. */
  measure(transcoder: Transcoder): Transcoder;
  /** To be called once the last rendition of a video is there. */
  complete(video: Video): void;
}

/** What only video-stream can tell of the way of an upload. */
export function createStreamMetrics(meterProvider: MeterProvider): StreamMetrics {
  const meter = meterProvider.getMeter(labMeter);
  const transcode = meter.createHistogram("lab.transcode.duration", {
    description: "Duration of one attempt to make a rendition.",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900] },
  });
  const complete = meter.createHistogram("lab.video.completion.duration", {
    description: "Time from the commit of an upload until its last rendition is there.",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600] },
  });

  return {
    measure: (transcoder) => ({
      ...transcoder,
      transcode: async (video, scale, signal) => {
        const started = performance.now();
        const end = (more: object) =>
          transcode.record((performance.now() - started) / 1000, {
            "lab.transcode.scale": scaleLabel(scale),
            ...more,
          });
        try {
          const url = await transcoder.transcode(video, scale, signal);
          end({ "lab.transcode.outcome": "made" });
          return url;
        } catch (error) {
          const outcome = signal.aborted ? "canceled" : "failed";
          end({ "lab.transcode.outcome": outcome, "error.type": errorType(error) });
          throw error;
        }
      },
    }),
    complete: ({ createdAt, updatedAt }) => {
      complete.record(Math.max(0, updatedAt.getTime() - createdAt.getTime()) / 1000);
    },
  };
}

/** An event may name any height; a label may not. */
function scaleLabel(scale: number): string {
  return (targetScales as readonly number[]).includes(scale) ? `${scale}` : "_OTHER";
}
