// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { httpUrl } from "../kit/address.ts";
import { closeHttpServer } from "../kit/close-http-server.ts";
import { listen } from "../kit/listen.ts";
import { startObjectServer } from "../video/objects/object-server.ts";
import { leftovers } from "../video/objects/objects.contract.ts";
import { createFolderObjectStore } from "../video/objects/objects.folder.ts";
import { freshBucket, type S3Env } from "../video/objects/objects.s3.testing.ts";
import { openS3ObjectStore } from "../video/objects/objects.s3.ts";
import type { ObjectStore } from "../video/objects/objects.ts";
import { ObjectStoreUnavailableError } from "../video/objects/objects.ts";
import { targetScales, type Video } from "../video/store.ts";
import { hasFfmpeg, makeVideo, play } from "./ffmpeg.testing.ts";
import { createFfmpegTranscoder } from "./transcoder.ffmpeg.ts";

const id = "0123456789abcdef01234567";
const objectName = `${id}-sample.mp4`;
const sample = readFileSync(new URL("../fixtures/sample.mp4", import.meta.url));
const ffmpegTest = test.skipIf(!hasFfmpeg);
const never = new AbortController().signal;

describe("ffmpeg on a folder", () => {
  ffmpegSuite(openFolder);

  ffmpegTest.for([
    { what: "has no sound", size: "320x240", sound: false, want: "480x360", codecs: ["h264"] },
    { what: "is upright", size: "180x320", want: "202x360" },
    { what: "has odd sides", size: "321x241", want: "480x360" },
    { what: "is turned by its metadata", size: "320x180", rotate: 90, want: "202x360" },
    { what: "is WebM", size: "320x180", extension: "webm", want: "640x360" },
    { what: "is Matroska", size: "320x180", extension: "mkv", want: "640x360" },
    { what: "is AVI", size: "320x180", extension: "avi", want: "640x360" },
  ])("transcode() takes a video that $what", async ({ size, want, codecs, ...options }) => {
    const { video, transcoder } = await store(await openFolder(), await makeVideo(size, options));

    const played = await play(await transcoder.transcode(video, 360, never));

    expect(played).toEqual({
      complaints: "",
      size: want,
      codecs: codecs ?? ["h264", "aac"],
      pixels: "yuv420p",
      seconds: 2,
    });
  });

  ffmpegTest("transcode() fetches nothing that an uploaded playlist names", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.end(sample);
    });
    const inside = httpUrl(await listen(server, { host: "127.0.0.1", port: 0 }));
    onTestFinished(() => closeHttpServer(server, 0));
    const segment = `${inside}/secret.ts`;
    const playlist = [
      "#EXTM3U",
      "#EXT-X-TARGETDURATION:4",
      "#EXTINF:4,",
      segment,
      "#EXT-X-ENDLIST",
    ];
    const { video, transcoder } = await store(
      await openFolder(),
      Buffer.from(playlist.join("\n")),
      { name: `${id}-a.m3u8` },
    );

    await expect(transcoder.transcode(video, 180, never)).rejects.toThrow("Cannot transcode");

    expect(asked).toEqual([]);
  });
});

describeWith(["MINIO_ENDPOINT", "MINIO_USERNAME", "MINIO_PASSWORD"], "ffmpeg on S3", (env) => {
  ffmpegSuite(() => openS3ObjectStore(freshBucket(env)));

  ffmpegTest("transcode() reads from a bucket that only this process can read", async () => {
    const options = freshBucket(env);
    const objects = await openS3ObjectStore({ ...options, policy: "private" });
    const { video, transcoder } = await store(objects, sample);

    await transcoder.transcode(video, 180, never);

    expect((await leftovers(objects)).names).toEqual([`${id}-180p-sample.mp4`, objectName]);
  });

  ffmpegTest("transcode() does not tell the signature of what it reads", async () => {
    const objects = await openS3ObjectStore(freshBucket(env));
    const { video, transcoder } = await store(objects, Buffer.from("no video"));

    const transcoding = transcoder.transcode(video, 180, never);

    await expect(transcoding).rejects.toThrow(video.url);
    await expect(transcoding).rejects.not.toThrow(/signature|credential/i);
  });

  ffmpegTest("transcode() while S3 is away says so, and works when it is back", async () => {
    const server = await startServer("s3");
    onTestFinished(() => server.remove());
    const objects = await openS3ObjectStore(freshBucket(server.env as unknown as S3Env));
    const { video, transcoder } = await store(objects, sample);
    await server.kill();

    await expect(transcoder.transcode(video, 180, never)).rejects.toBeInstanceOf(
      ObjectStoreUnavailableError,
    );
    await server.start();

    expect((await play(await transcoder.transcode(video, 180, never))).size).toBe("320x180");
  });
});

function ffmpegSuite(open: () => Promise<ObjectStore>): void {
  ffmpegTest(
    "transcode() stores a playable rendition of each height, and they go with the video",
    { timeout: 180_000 },
    async () => {
      const objects = await open();
      const { video, transcoder } = await store(objects, await makeVideo("160x90"));

      const urls: Record<number, string> = {};
      for (const scale of targetScales)
        urls[scale] = await transcoder.transcode(video, scale, never);

      const played = await Promise.all(targetScales.map((scale) => play(urls[scale] ?? "")));
      const common = { complaints: "", codecs: ["h264", "aac"], pixels: "yuv420p", seconds: 2 };
      expect(played).toEqual([
        { ...common, size: "640x360" },
        { ...common, size: "854x480" },
        { ...common, size: "1280x720" },
        { ...common, size: "1920x1080" },
      ]);
      expect(urls).toEqual(
        Object.fromEntries(targetScales.map((s) => [s, objects.url(`${id}-${s}p-sample.mp4`)])),
      );
      for (const scale of targetScales) await transcoder.discard(video, scale);
      expect(await leftovers(objects)).toEqual({ names: [objectName], parts: 0 });
    },
  );

  ffmpegTest("transcode() leaves nothing of a file that is no video", async () => {
    const objects = await open();
    const { video, transcoder } = await store(objects, Buffer.from("no video"));

    await expect(transcoder.transcode(video, 180, never)).rejects.toThrow(
      `Cannot transcode '${video.url}' to 180: `,
    );

    expect(await leftovers(objects)).toEqual({ names: [objectName], parts: 0 });
  });

  test("transcode() that is aborted leaves no part and no program", async () => {
    const objects = await open();
    const program = fakeProgram('echo $$ >"$0.pid"; exec cat /dev/zero');
    const { video, transcoder } = await store(objects, sample, { command: program.path });
    const abort = new AbortController();

    const transcoding = transcoder.transcode(video, 240, abort.signal);
    transcoding.catch(() => {});
    const pid = await vi.waitFor(program.pid, { timeout: 10_000 });
    abort.abort(new Error("Stopping"));

    await expect(transcoding).rejects.toThrow("Stopping");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(await leftovers(objects)).toEqual({ names: [objectName], parts: 0 });
  });

  test("transcode() leaves nothing of what a program wrote that fails in the end", async () => {
    const objects = await open();
    const program = fakeProgram("head -c 12000000 /dev/zero; echo out of luck >&2; exit 1");
    const { video, transcoder } = await store(objects, sample, { command: program.path });

    await expect(transcoder.transcode(video, 240, never)).rejects.toThrow(
      `Cannot transcode '${video.url}' to 240: out of luck`,
    );

    expect(await leftovers(objects)).toEqual({ names: [objectName], parts: 0 });
  });

  test("transcode() names the program that is not there", async () => {
    const { video, transcoder } = await store(await open(), sample, { command: "no-such-ffmpeg" });

    await expect(transcoder.transcode(video, 240, never)).rejects.toThrow("no-such-ffmpeg");
  });
}

async function store(
  objects: ObjectStore,
  file: Uint8Array,
  { command, name = objectName }: { command?: string; name?: string } = {},
) {
  const one = async function* () {
    yield file;
  };
  await objects.put(name, one());
  return {
    transcoder: createFfmpegTranscoder({ objects, command }),
    video: { url: objects.url(name), objectName: name } as Video,
  };
}

async function openFolder(): Promise<ObjectStore> {
  const folder = temporaryFolder();
  const address = { host: "127.0.0.1", port: 0 };
  const server = await startObjectServer({ address, bucket: "videos", folder });
  onTestFinished(() => server.close(0));
  return createFolderObjectStore({ folder, baseUrl: `${httpUrl(server.address)}/videos` });
}

/** A shell script in the place of ffmpeg, which may write its process id to `$0.pid`. */
function fakeProgram(script: string) {
  const path = join(temporaryFolder(), "ffmpeg");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return {
    path,
    pid: () => {
      const pid = Number(readFileSync(`${path}.pid`, "utf8"));
      if (!pid) throw new Error("Not written yet");
      return pid;
    },
  };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "transcoder-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
