// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What the lab costs: time to start, memory, and uploads a second, beside the same form posted to
// a bare HTTP server that writes it to a file.

import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunningLab } from "../launcher/lab.testing.ts";
import { getJson, runLab, temporaryDataDir, uploadSample } from "../launcher/lab.testing.ts";

const uploadsARound = 200;
const clients = 8;
const rounds = 3;
const names = [
  ...["kafka", "video-stream", "comment-api", "video-api", "comment-gateway", "video-gateway"],
];

const data = temporaryDataDir();
for (const label of ["cold", "warm"]) {
  const started = performance.now();
  const lab = await runLab({ dataDir: data.path });
  console.log(`start, ${label}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  await uploadSample(lab);
  printMemory(lab);
  await lab.stop();
}

const lab = await runLab({ dataDir: data.path });
await printTimeToVariants(lab);
const bare = await startBareServer();
for (let round = 1; round <= rounds; round++) {
  const ofLab = await uploadsPerSecond(() => uploadSample(lab));
  const ofBare = await uploadsPerSecond(bare.upload);
  const ratio = (ofLab / ofBare).toFixed(2);
  console.log(`uploads/s, ${clients} clients: lab ${ofLab}, bare server ${ofBare}, ratio ${ratio}`);
}
bare.close();
await lab.stop();
data.remove();

/** Proportional set size, of Linux: shared pages count in part for each who shares them. */
function printMemory(lab: RunningLab): void {
  const sizes = names.map((name) => pssMiB(lab.pid(name)));
  const total = sizes.reduce((sum, size) => sum + size, pssMiB(lab.launcherPid));
  const each = names.map((name, i) => `${name} ${sizes[i]?.toFixed(0)}`).join(", ");
  const launcher = pssMiB(lab.launcherPid).toFixed(0);
  console.log(`memory, MiB PSS: ${each}, launcher ${launcher}: ${total.toFixed(0)} in all`);
}

function pssMiB(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
}

async function printTimeToVariants(lab: RunningLab): Promise<void> {
  const started = performance.now();
  const id = await uploadSample(lab);
  const acknowledged = performance.now();
  const url = `${lab.url("video-gateway", "HTTP")}/v1/videos/${id}`;
  while (((await getJson(url)) as { status: string }).status !== "success") await sleep(10);
  const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(2);
  const answered = (acknowledged - started).toFixed(0);
  console.log(
    `upload answered in ${answered} ms; four variants ${seconds(started)} s after its start`,
  );
}

async function uploadsPerSecond(upload: () => Promise<unknown>): Promise<number> {
  let left = uploadsARound;
  const client = async () => {
    while (left-- > 0) await upload();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return Math.round(uploadsARound / ((performance.now() - started) / 1000));
}

async function startBareServer() {
  const folder = join(data.path, "bare");
  mkdirSync(folder);
  let count = 0;
  const server = createServer(async (request, response) => {
    await pipeline(request, createWriteStream(join(folder, `${count++}`)));
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sample = readFileSync(new URL("../fixtures/sample.mp4", import.meta.url));
  return {
    upload: async () => {
      const form = new FormData();
      form.append("file", new Blob([sample]), "sample.mp4");
      await (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: form })).text();
    },
    close: () => server.close(),
  };
}
