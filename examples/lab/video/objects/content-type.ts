// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

const videoTypes: Readonly<Record<string, string>> = {
  avi: "video/x-msvideo",
  m4v: "video/mp4",
  mkv: "video/x-matroska",
  mov: "video/quicktime",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  mpg: "video/mpeg",
  ogv: "video/ogg",
  ts: "video/mp2t",
  webm: "video/webm",
};

/**
 * What a store says of an object when clients GET it. Only videos are said to be something: an
 * uploaded page must not run in the origin of the store.
 */
export function contentType(name: string): string {
  const [, extension = ""] = /\.([^.]*)$/.exec(name) ?? [];
  return videoTypes[extension.toLowerCase()] ?? "application/octet-stream";
}
