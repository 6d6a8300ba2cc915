// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { PermanentError } from "../kit/wait-for.ts";
import type { ObjectStore } from "../video/objects/objects.ts";
import { ffmpegArguments } from "./ffmpeg-arguments.ts";
import type { Transcoder } from "./transcoder.ts";

// Enough of what ffmpeg says last to know why it failed.
const maxReasonLength = 500;
// It names its input in each of its last lines.
const maxStderrLength = 16_384;

export interface FfmpegTranscoderOptions {
  /** Where renditions are stored, beside the originals. */
  readonly objects: ObjectStore;
  /** The program. Default "ffmpeg", from the path. */
  command?: string;
}

/**
 * Real renditions: H.264 and AAC in a fragmented MP4, which can be written as a stream, scaled to
 * the height with the aspect ratio kept.
 *
 * What ffmpeg opens is somebody's upload: it may read nothing but that one object
 * (ffmpeg-arguments.ts), and sees no variable of this process but the path.
 */
export function createFfmpegTranscoder(options: FfmpegTranscoderOptions): Transcoder {
  const { objects, command = "ffmpeg" } = options;

  return {
    transcode: async (video, scale, signal) => {
      const source = await objects.sourceUrl(video.objectName);
      const ffmpeg = spawn(command, ffmpegArguments(source, scale), {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env.PATH },
      });
      const closed = once(ffmpeg, "close").then(([code]) => code === 0);
      closed.catch(() => {});
      let stderr = "";
      ffmpeg.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr = (stderr + text).slice(-maxStderrLength);
      });

      // A rendition is stored only when ffmpeg has ended well, or a torn one would look whole.
      const output = async function* () {
        yield* ffmpeg.stdout;
        if (await closed) return;
        // While the store is away there is nothing wrong with the video.
        await objects.read(video.objectName, 0, 1);
        // The source may be signed, and is nothing for logs.
        const reason = stderr.replaceAll(source, video.url).trim().slice(-maxReasonLength);
        throw new Error(`Cannot transcode '${video.url}' to ${scale}: ${reason}`);
      };
      try {
        const name = renditionName(video.objectName, scale);
        await objects.put(name, output(), signal);
        return objects.url(name);
      } finally {
        ffmpeg.kill("SIGKILL");
        await closed.catch(() => {});
      }
    },
    discard: (video, scale) => objects.delete(renditionName(video.objectName, scale)),
  };
}

/**
 * Without the program every video would end as `failed`.
 *
 * @throws PermanentError when it cannot be run.
 */
export async function assertFfmpeg(command = "ffmpeg"): Promise<void> {
  try {
    await promisify(execFile)(command, ["-version"], { env: { PATH: process.env.PATH } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PermanentError(`Cannot run '${command}', the transcoder: ${reason}`, { cause });
  }
}

/** `<id>-<scale>p-<stem>.mp4`: begins with the video's id, and is never the upload's own name. */
function renditionName(objectName: string, scale: number): string {
  const [, id, stem] = /^([^-]+)-(.*?)(\.[^.]*)?$/.exec(objectName) ?? [];
  return `${id}-${scale}p-${stem}.mp4`;
}
