// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawn } from "node:child_process";
import type { ObjectStore } from "../video/objects.ts";
import type { Transcoder } from "./transcoder.ts";

// Enough of what ffmpeg says last to know why it failed.
const maxReasonLength = 500;

export interface FfmpegTranscoderOptions {
  /** Where renditions are stored, beside the originals. */
  readonly objects: ObjectStore;
  /** The program. Default "ffmpeg", from the path. */
  command?: string;
}

/**
 * Real renditions: H.264 and AAC in a fragmented MP4, which can be written as a stream, scaled to
 * the height with the aspect ratio kept.
 */
export function createFfmpegTranscoder(options: FfmpegTranscoderOptions): Transcoder {
  const { objects, command = "ffmpeg" } = options;
  return {
    transcode: async (video, scale, signal) => {
      const ffmpeg = spawn(command, ffmpegArguments(video.url, scale), {
        stdio: ["ignore", "pipe", "pipe"],
        signal,
        killSignal: "SIGKILL",
      });
      let reason = "";
      ffmpeg.stderr.setEncoding("utf8").on("data", (text: string) => {
        reason = (reason + text).slice(-maxReasonLength);
      });
      const ended = new Promise<void>((resolve, reject) => {
        ffmpeg.once("error", reject);
        ffmpeg.once("close", (code) => {
          if (code === 0) return resolve();
          reject(new Error(`Cannot transcode '${video.url}' to ${scale}: ${reason.trim()}`));
        });
      });

      // A rendition is stored only when ffmpeg has ended well, or a torn one would look whole.
      const output = async function* () {
        yield* ffmpeg.stdout;
        await ended;
      };
      ended.catch(() => {});
      const name = renditionName(video.objectName, scale);
      await objects.put(name, output(), signal);
      return objects.url(name);
    },
  };
}

/** `<id>-<scale>p-<stem>.mp4`: begins with the video's id, and is never the upload's own name. */
function renditionName(objectName: string, scale: number): string {
  const [, id, stem] = /^([^-]+)-(.*?)(\.[^.]*)?$/.exec(objectName) ?? [];
  return `${id}-${scale}p-${stem}.mp4`;
}

function ffmpegArguments(url: string, scale: number): string[] {
  return [
    ...["-hide_banner", "-loglevel", "error", "-nostdin"],
    ...["-i", url],
    ...["-vf", `scale=-2:${scale}`],
    ...["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"],
    ...["-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "pipe:1"],
  ];
}
