// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningLab } from "./lab.testing.ts";
import { getJson, runLab, temporaryDataDir, uploadSample } from "./lab.testing.ts";

const gibibyte = 1024 ** 3;
const allowedBytes = 64 * 1024 ** 2;

const data = temporaryDataDir();
let lab: RunningLab;

beforeAll(async () => {
  lab = await runLab({ dataDir: data.path, env: { TRANSCODER_MOCK_DELAY: "1ms" } });
}, 30_000);

afterAll(async () => {
  await lab.stop();
  data.remove();
}, 30_000);

test("an upload of 1 GiB takes less than 64 MiB of extra memory in gateway and api each", async () => {
  // What a first upload loads stays, and is not what the size costs.
  await uploadSample(lab);
  const processes = ["video-gateway", "video-api"];
  const before = processes.map((name) => residentBytes(lab.pid(name)));
  const peaks = [...before];
  const watch = setInterval(() => {
    processes.forEach((name, i) => {
      peaks[i] = Math.max(peaks[i] ?? 0, residentBytes(lab.pid(name)));
    });
  }, 50);
  const started = performance.now();

  const { id } = await uploadZeros(gibibyte);

  clearInterval(watch);
  const seconds = (performance.now() - started) / 1000;
  const extra = peaks.map((peak, i) => peak - (before[i] ?? 0));
  console.log(
    `1 GiB in ${seconds.toFixed(1)} s; extra memory: ${processes
      .map((name, i) => `${name} ${((extra[i] ?? 0) / 1024 ** 2).toFixed(1)} MiB`)
      .join(", ")}`,
  );
  const url = `${lab.url("video-gateway", "HTTP")}/v1/videos/${id}`;
  expect(await getJson(url)).toMatchObject({ size: `${gibibyte}` });
  expect(extra.filter((bytes) => bytes > allowedBytes)).toEqual([]);
}, 300_000);

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function uploadZeros(size: number): Promise<{ id: string }> {
  const boundary = "zeros";
  const upload = request(`${lab.url("video-gateway", "HTTP")}/v1/videos`, {
    method: "POST",
    headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` },
  });
  const answered = new Promise<string>((resolve, reject) => {
    upload.once("response", (response) => text(response).then(resolve, reject));
    upload.once("error", reject);
  });
  upload.write(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="zeros.mp4"\r\n\r\n`,
  );
  const chunk = Buffer.alloc(256 * 1024);
  for (let sent = 0; sent < size; sent += chunk.length) {
    if (!upload.write(chunk)) await new Promise((resolve) => upload.once("drain", resolve));
  }
  upload.end(`\r\n--${boundary}--\r\n`);
  return JSON.parse(await answered);
}
