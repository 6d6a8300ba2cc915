// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Containers that hold a whole video. Playlists (HLS, DASH, concat) are not among them: those make
// ffmpeg fetch whatever they name, in this network and with this process's rights.
const formats = ["mov", "matroska", "ogg", "mpegts", "mpeg", "avi", "flv", "asf"];
// 8K. A file of few bytes can say that its frames are as large as the memory.
const maxPixels = 8192 * 4320;
// Without it ffmpeg waits for ever for a server that hangs.
const readTimeoutMs = 15_000;

/** Makes ffmpeg write the rendition of a height to its standard output, from an http(s) URL. */
export function ffmpegArguments(source: string, scale: number): string[] {
  const protocols = source.startsWith("https:") ? "https,tls,tcp" : "http,tcp";
  return [
    ...["-hide_banner", "-loglevel", "error", "-nostdin"],
    ...["-protocol_whitelist", protocols, "-format_whitelist", formats.join(",")],
    ...["-max_pixels", `${maxPixels}`, "-rw_timeout", `${readTimeoutMs * 1000}`],
    ...["-i", source],
    // The first picture, and the first sound if there is one; no subtitles or data.
    ...["-map", "0:v:0", "-map", "0:a:0?"],
    // H.264 wants even numbers; other colours than 4:2:0 play in few browsers.
    ...["-vf", `scale=-2:${scale}`, "-pix_fmt", "yuv420p"],
    ...["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"],
    ...["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1"],
  ];
}
