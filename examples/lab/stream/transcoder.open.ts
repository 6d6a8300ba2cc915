// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider } from "@opentelemetry/api";
import type { ConfigOf } from "../kit/config.ts";
import { measureObjects } from "../video/objects/objects.measured.ts";
import type { videoStreamVariables } from "./config.ts";
import { createMockTranscoder } from "./transcoder.mock.ts";
import type { Transcoder } from "./transcoder.ts";

/**
 * The transcoder that the configuration chooses. The other one's code is not loaded.
 *
 * @throws PermanentError when ffmpeg is chosen and cannot be run; and as `openObjectStore`.
 */
export async function openTranscoder(
  config: ConfigOf<typeof videoStreamVariables>,
  meterProvider: MeterProvider,
): Promise<Transcoder> {
  if (config.TRANSCODER === "mock") return createMockTranscoder(config.TRANSCODER_MOCK_DELAY);
  const { assertFfmpeg, createFfmpegTranscoder } = await import("./transcoder.ffmpeg.ts");
  await assertFfmpeg();
  const { objectFolder, openObjectStore } = await import("../video/objects/objects.open.ts");
  const system = objectFolder(config) === undefined ? "s3" : "file";
  const objects = measureObjects(await openObjectStore(config), { meterProvider, system });
  return createFfmpegTranscoder({ objects });
}
