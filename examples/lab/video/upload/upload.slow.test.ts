// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, toolPath } from "@labwire/servers";
import { expect, onTestFinished, test } from "vitest";
import { startVideoApi } from "../main.testing.ts";
import { chunk, header } from "../service.testing.ts";

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

const isLinux = process.platform === "linux";
const linuxTest = test.skipIf(!isLinux);
// In CI a missing server is a failure, not a reason to skip.
const hasS3 = toolPath("versitygw") !== undefined || process.env.CI === "true";
const s3Test = test.skipIf(!isLinux || !hasS3);

linuxTest("bounded memory: an upload of 1 GiB takes less than 64 MiB more", async () => {
  await uploadGibibyte({});
});

s3Test("bounded memory: an upload of 1 GiB into S3 takes less than 64 MiB more", async () => {
  const server = await startServer("s3");
  onTestFinished(() => server.remove());

  await uploadGibibyte(server.env);
});

async function uploadGibibyte(env: Readonly<Record<string, string>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "video-upload-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // V8 lets the heap of short-lived objects grow to 3 x 16 MiB when it pays; 3 x 1 are enough.
  const { client, child } = await startVideoApi(folder, env, ["--max-semi-space-size=1"]);
  const before = memoryOf(child.pid).VmRSS;

  const started = performance.now();
  const { id } = await client.uploadVideo(largeUpload());
  const seconds = (performance.now() - started) / 1000;

  const grown = memoryOf(child.pid).VmHWM - before;
  console.log(
    `${Math.round(before / MiB)} MiB before, ${Math.round(grown / MiB)} MiB more at the peak, ` +
      `${Math.round(1024 / seconds)} MiB/s`,
  );
  expect((await client.getVideo({ id })).video?.size).toBe(BigInt(GiB));
  expect(grown).toBeLessThan(64 * MiB);
}

async function* largeUpload() {
  yield header("large.mp4", BigInt(GiB));
  const bytes = new Uint8Array(65_536).fill(7);
  for (let sent = 0; sent < GiB; sent += bytes.length) yield chunk(bytes);
}

/** In bytes: what a process has in memory now, and the most that it ever had. */
function memoryOf(pid: number | undefined): { VmRSS: number; VmHWM: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  return { VmRSS: read("VmRSS"), VmHWM: read("VmHWM") };
}
