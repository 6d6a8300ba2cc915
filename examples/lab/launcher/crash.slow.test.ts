// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readdirSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunningLab } from "./lab.testing.ts";
import { getJson, runLab, temporaryDataDir, uploadSample } from "./lab.testing.ts";

interface Video {
  readonly id: string;
  readonly status: string;
  readonly variants: Readonly<Record<string, string>>;
}

let data: ReturnType<typeof temporaryDataDir>;
let lab: RunningLab;

beforeEach(async () => {
  data = temporaryDataDir();
  lab = await runLab({ dataDir: data.path, env: { TRANSCODER_MOCK_DELAY: "500ms" } });
}, 30_000);

afterEach(async () => {
  await lab.stop();
  data.remove();
}, 30_000);

test.each(["video-stream", "kafka", "video-gateway"])(
  "kill -9 of %s in the middle of 50 uploads costs no acknowledged upload a variant",
  async (name) => {
    const acknowledged = await uploadMany(50, (done) => {
      if (done === 20) process.kill(lab.pid(name), "SIGKILL");
    });

    await expectWhole(acknowledged);
  },
  120_000,
);

test("kill -9 of video-api in the middle of 50 uploads leaves the acknowledged ones whole and nothing of the others", async () => {
  const acknowledged = await uploadMany(50, (done) => {
    if (done === 10 || done === 30) process.kill(lab.pid("video-api"), "SIGKILL");
  });

  await expectWhole(acknowledged);
}, 120_000);

test("kill -9 of video-api while a file comes in leaves nothing of it", async () => {
  const whole = await uploadSample(lab);
  const restarted = lab.line(/^video-api.*Ready/);
  const answer = await uploadUntilKilled();
  await restarted;

  expect(answer).toBe(503);
  await expectWhole([whole]);
}, 60_000);

/** Four uploads at a time, until so many were acknowledged. */
async function uploadMany(count: number, onDone: (done: number) => void): Promise<string[]> {
  const ids: string[] = [];
  const uploader = async () => {
    while (ids.length < count) {
      const id = await uploadSample(lab).catch(() => undefined);
      if (id === undefined) {
        // The process behind is away: nothing to gain by asking at once.
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      ids.push(id);
      onDone(ids.length);
    }
  };
  await Promise.all(Array.from({ length: 4 }, uploader));
  return ids;
}

/**
 * Every acknowledged upload gets its four variants. A video that nobody was told of may be there,
 * when the process was killed between commit and reply, but then it is whole as well; and no file
 * is there that has no video.
 */
async function expectWhole(acknowledged: readonly string[]): Promise<void> {
  const videos = await vi.waitFor(
    async () => {
      const url = `${lab.url("video-gateway", "HTTP")}/v1/videos`;
      const answer = (await getJson(url)) as { videos: Video[] };
      const unfinished = answer.videos.filter(({ status }) => status !== "success");
      expect(unfinished).toEqual([]);
      return answer.videos;
    },
    { timeout: 60_000, interval: 250 },
  );

  const stored = videos.map(({ id }) => id);
  expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
  expect(videos.filter(({ variants }) => Object.keys(variants).length !== 4)).toEqual([]);
  // The sweep begins with the process, and may end after it is ready.
  await vi.waitFor(() => {
    const strays = storedFiles().filter((name) => !stored.some((id) => name.startsWith(id)));
    expect(strays).toEqual([]);
  }, 5000);
}

function storedFiles(): string[] {
  const folder = join(data.path, "objects");
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

/** Sends half of a file, kills video-api, and answers the status that the client then sees. */
function uploadUntilKilled(): Promise<number | undefined> {
  const boundary = "half";
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="half.mp4"\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const upload = request(`${lab.url("video-gateway", "HTTP")}/v1/videos`, {
      method: "POST",
      headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` },
    });
    upload.on("response", (response) => {
      resolve(response.statusCode);
      upload.destroy();
    });
    upload.on("error", reject);
    upload.write(head);
    upload.write(Buffer.alloc(1024 * 1024), () => {
      const killWhenStored = setInterval(() => {
        const folder = join(data.path, "objects");
        const parts = readdirSync(folder, { recursive: true, withFileTypes: true });
        // The file of the first upload, and a part of this one.
        if (parts.filter((entry) => entry.isFile()).length < 2) return;
        clearInterval(killWhenStored);
        process.kill(lab.pid("video-api"), "SIGKILL");
      }, 20);
    });
  });
}
