// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startObjectServer } from "../video/object-server.ts";
import { createFolderObjectStore } from "../video/objects.folder.ts";
import { createProber } from "../video/probe.ts";
import type { Video } from "../video/store.ts";
import { createFfmpegTranscoder } from "./transcoder.ffmpeg.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
// In CI a missing ffmpeg is a failure, not a reason to skip.
const ffmpegTest = test.skipIf(!hasFfmpeg && process.env.CI !== "true");

const objectName = "0123456789abcdef01234567-sample.mp4";
const sample = readFileSync(new URL("../fixtures/sample.mp4", import.meta.url));
const never = new AbortController().signal;

ffmpegTest("transcode() with ffmpeg stores a playable rendition of the height", async () => {
  const { objects, video, transcoder, names } = await startStore(sample);

  const url = await transcoder.transcode(video, 180, never);

  const rendition = "0123456789abcdef01234567-180p-sample.mp4";
  expect(names()).toEqual([rendition, objectName]);
  expect(url).toBe(objects.url(rendition));
  const size = (await (await fetch(url)).arrayBuffer()).byteLength;
  const prober = createProber({ timeoutMs: 10_000 });
  onTestFinished(() => prober.close());
  const read = (start: number, end: number) => objects.read(rendition, start, end);
  const { width, height, duration } = await prober.probe({ size, read });
  expect({ width, height, seconds: Math.round(duration) }).toEqual({
    width: 320,
    height: 180,
    seconds: 4,
  });
});

ffmpegTest("transcode() with ffmpeg leaves nothing of a file that is no video", async () => {
  const { video, transcoder, names } = await startStore(Buffer.from("no video"));

  await expect(transcoder.transcode(video, 180, never)).rejects.toThrow(
    `Cannot transcode '${video.url}' to 180: `,
  );
  expect(names()).toEqual([objectName]);
});

ffmpegTest("transcode() with ffmpeg leaves nothing when it is aborted", async () => {
  const { video, transcoder, names } = await startStore(sample);
  const abort = new AbortController();

  const transcoding = transcoder.transcode(video, 240, abort.signal);
  abort.abort();

  await expect(transcoding).rejects.toThrow();
  expect(names()).toEqual([objectName]);
});

async function startStore(file: Uint8Array) {
  const folder = mkdtempSync(join(tmpdir(), "transcoder-"));
  const server = await startObjectServer({
    address: { host: "127.0.0.1", port: 0 },
    bucket: "videos",
    folder,
  });
  onTestFinished(async () => {
    await server.close(0);
    rmSync(folder, { recursive: true });
  });
  const baseUrl = `http://127.0.0.1:${server.address.port}/videos`;
  const objects = createFolderObjectStore({ folder, baseUrl });
  await objects.put(
    objectName,
    (async function* () {
      yield file;
    })(),
  );
  return {
    objects,
    transcoder: createFfmpegTranscoder({ objects }),
    video: { url: objects.url(objectName), objectName } as Video,
    /** Every file there is, parts included. */
    names: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort(),
  };
}
