// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import type { Transcoder } from "./transcoder.ts";

/**
 * As in the course: waits instead of working, and every rendition is the original itself.
 *
 * @param delayMs how long a rendition takes.
 */
export function createMockTranscoder(delayMs: number): Transcoder {
  return {
    transcode: async (video, _scale, signal) => {
      await sleep(delayMs, undefined, { signal });
      return video.url;
    },
    // The original goes with its video.
    discard: async () => {},
  };
}
