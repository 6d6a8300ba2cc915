// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether ffmpeg and ffprobe are here. In CI a missing one is a failure, not a reason to skip. */
export const hasFfmpeg =
  process.env.CI === "true" ||
  ["ffmpeg", "ffprobe"].every((program) => spawnSync(program, ["-version"]).status === 0);

/** A video of ffmpeg's own pictures, two seconds long. */
export async function makeVideo(
  size: string,
  options: { extension?: string; sound?: boolean; rotate?: number } = {},
): Promise<Buffer> {
  const { extension = "mp4", sound = true, rotate } = options;
  const folder = mkdtempSync(join(tmpdir(), "make-video-"));
  try {
    const plain = join(folder, `plain.${extension}`);
    await run("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", `testsrc2=size=${size}:rate=10:duration=2`],
      ...(sound ? ["-f", "lavfi", "-i", "sine=duration=2", "-shortest"] : []),
      // The only one that can have odd numbers of pixels.
      ...(extension === "mp4" ? ["-c:v", "libx264", "-pix_fmt", "yuv444p"] : []),
      plain,
    ]);
    if (rotate === undefined) return readFileSync(plain);
    const turned = join(folder, `turned.${extension}`);
    const turn = ["-metadata:s:v:0", `rotate=${rotate}`];
    await run("ffmpeg", ["-v", "error", "-i", plain, "-c", "copy", ...turn, turned]);
    return readFileSync(turned);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What ffprobe says of a file, after ffmpeg has played it to its end without a complaint. */
export async function play(url: string) {
  const { stderr } = await run("ffmpeg", ["-v", "error", "-i", url, "-f", "null", "-"]);
  const fields = "stream=codec_name,width,height,pix_fmt:format=duration";
  const { stdout } = await run("ffprobe", [
    ...["-v", "error", "-of", "json", "-show_entries", fields, url],
  ]);
  const probed = JSON.parse(stdout) as {
    streams: { codec_name: string; width?: number; height?: number; pix_fmt?: string }[];
    format: { duration: string };
  };
  const [video, ...others] = probed.streams;
  return {
    complaints: stderr,
    size: `${video?.width}x${video?.height}`,
    codecs: [video?.codec_name, ...others.map((stream) => stream.codec_name)],
    pixels: video?.pix_fmt,
    seconds: Math.round(Number(probed.format.duration)),
  };
}
