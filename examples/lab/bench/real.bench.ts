// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// What the lab costs on real servers: latency of each route, memory and processor time of each
// process under a steady mix of reads and writes, and uploads a second from the first byte to the
// last variant. Beside them, in the same run: a bare HTTP server for the latency, and the object
// store alone for the uploads.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { percentile } from "../system/measure.testing.ts";
import { startOwnServers } from "../system/own-servers.testing.ts";
import { seededRandom } from "../system/random.testing.ts";
import { startRealLab } from "../system/real-lab.testing.ts";
import type { Answer, Rest } from "../system/rest.testing.ts";
import { restClient, sample } from "../system/rest.testing.ts";

type Route = readonly [name: string, percent: number, call: () => Promise<Answer<unknown>>];

const callsPerSecond = 100;
const seconds = 30;
const uploads = 200;
const clients = 8;
const rounds = 3;

const servers = await startOwnServers();
const lab = await startRealLab({ env: { ...servers.env, TRANSCODER_MOCK_DELAY: "0ms" } });
try {
  const rest = restClient(lab);
  await measureMix(rest);
  for (let round = 1; round <= rounds; round++) await measureUploads(rest);
} finally {
  await lab.close();
  await servers.stop();
}
process.exit(0);

async function measureMix(rest: Rest): Promise<void> {
  const videos = await uploadMany(rest, 20);
  const comments: string[] = [];
  for (const id of videos) comments.push((await rest.comment(id, "a comment")).body.id);
  const random = seededRandom(1);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? "";

  const mix: readonly Route[] = [
    ["GET /v1/videos/{id}", 35, () => rest.video(pick(videos))],
    ["GET /v1/videos?limit=20", 15, () => rest.videos(20)],
    ["GET /v1/comments/{video_id}", 25, () => rest.comments(pick(videos))],
    ["POST /v1/comments", 10, () => rest.comment(pick(videos), "a comment")],
    ["PUT /v1/comments/{id}", 8, () => rest.updateComment(pick(comments), "changed")],
    ["POST /v1/videos", 5, () => rest.upload()],
    ["DELETE /v1/comments/{id}", 1, makeAndDelete("comment")],
    ["DELETE /v1/videos/{id}", 1, makeAndDelete("video")],
  ];

  /** What is deleted is made before, and the making is not measured. */
  function makeAndDelete(what: "comment" | "video") {
    return async () => {
      if (what === "video") return rest.deleteVideo((await rest.upload()).body.id);
      return rest.deleteComment((await rest.comment(pick(videos), "unwanted")).body.id);
    };
  }

  const times = new Map(mix.map(([name]) => [name, [] as number[]]));
  const failures = new Map<string, number>();
  await load(mix, random, 5, () => {}); // Warm: what a first call loads is not what one costs.
  const before = new Map(processes().map(({ name, pid }) => [name, cpuSeconds(pid)]));
  const started = performance.now();
  await load(mix, random, seconds, (name, { status, tookMs }) => {
    if (status === 200) times.get(name)?.push(tookMs);
    else failures.set(`${name} ${status}`, (failures.get(`${name} ${status}`) ?? 0) + 1);
  });
  const took = (performance.now() - started) / 1000;
  const used = processes().map(({ name, pid }) => {
    const cpu = ((cpuSeconds(pid) - (before.get(name) ?? 0)) / took) * 100;
    return `  ${name.padEnd(16)} ${residentMiB(pid).toFixed(0).padStart(4)} MiB  ${cpu.toFixed(0).padStart(3)} %`;
  });

  console.log(`\n${callsPerSecond} calls a second for ${seconds} s, by route: p50, p99`);
  const bare = await measureBare();
  for (const [name, list] of times) {
    const [p50, p99] = [percentile(list, 50), percentile(list, 99)];
    const ratio = (p50 / bare).toFixed(1);
    console.log(
      `  ${name.padEnd(28)} ${p50.toFixed(1).padStart(6)} ms ${p99.toFixed(1).padStart(7)} ms  ${list.length} calls; p50 is ${ratio} times a bare server's`,
    );
  }
  for (const [name, count] of failures) console.log(`  failed: ${name} x ${count}`);
  console.log(`\nmemory (RSS) and share of one core meanwhile\n${used.join("\n")}`);
}

/** Calls at their times, whether those before have been answered or not. */
async function load(
  mix: readonly Route[],
  random: () => number,
  forSeconds: number,
  onAnswer: (name: string, answer: Answer<unknown>) => void,
): Promise<void> {
  const running: Promise<void>[] = [];
  const started = performance.now();
  for (let i = 0; i < forSeconds * callsPerSecond; i++) {
    const due = started + (i * 1000) / callsPerSecond;
    const waitMs = due - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const [name, , call] = choose(mix, 100 * random());
    running.push(call().then((answer) => onAnswer(name, answer)));
  }
  await Promise.all(running);
}

/** The route that a number from 0 up to, not including, 100 falls to. */
function choose(mix: readonly Route[], number: number): Route {
  let sum = 0;
  for (const route of mix) {
    sum += route[1];
    if (number < sum) return route;
  }
  throw new Error(`Cannot choose a route: their shares make ${sum} percent`);
}

/** The median of the same client's GET of a bare server that answers `{}`. */
async function measureBare(): Promise<number> {
  const server = createServer((_, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const times: number[] = [];
  for (let i = 0; i < 5 * callsPerSecond; i++) {
    const started = performance.now();
    await (await fetch(url)).json();
    times.push(performance.now() - started);
    await sleep(1000 / callsPerSecond);
  }
  server.close();
  server.closeAllConnections();
  const [p50, p99] = [percentile(times, 50), percentile(times, 99)];
  console.log(
    `  ${"bare server".padEnd(28)} ${p50.toFixed(1).padStart(6)} ms ${p99.toFixed(1).padStart(7)} ms  ${times.length} calls`,
  );
  return p50;
}

async function measureUploads(rest: Rest): Promise<void> {
  const known = new Set((await rest.videos()).body.videos.map(({ id }) => id));
  const started = performance.now();
  await uploadMany(rest, uploads);
  const answered = performance.now();
  let open: number;
  do {
    const { videos } = (await rest.videos()).body;
    open = videos.filter(({ id, status }) => !known.has(id) && status !== "success").length;
    if (open > 0) await sleep(20);
  } while (open > 0);
  const whole = performance.now();
  const bare = await putsPerSecond();

  const perSecond = (until: number) => uploads / ((until - started) / 1000);
  console.log(
    `${uploads} uploads, ${clients} clients: ${perSecond(answered).toFixed(0)} answered/s, ` +
      `${perSecond(whole).toFixed(0)} with all variants/s; ` +
      `the object store alone ${bare.toFixed(0)} puts/s, ratio ${(perSecond(whole) / bare).toFixed(2)}`,
  );
}

async function putsPerSecond(): Promise<number> {
  const s3 = new S3Client({
    endpoint: servers.env.MINIO_ENDPOINT ?? "",
    region: "us-east-1",
    forcePathStyle: true,
    credentials: {
      accessKeyId: servers.env.MINIO_USERNAME ?? "",
      secretAccessKey: servers.env.MINIO_PASSWORD ?? "",
    },
  });
  const started = performance.now();
  await inParallel(uploads, (i) =>
    s3.send(new PutObjectCommand({ Bucket: "videos", Key: `bench-${i}`, Body: sample })),
  );
  const took = (performance.now() - started) / 1000;
  s3.destroy();
  return uploads / took;
}

async function uploadMany(rest: Rest, count: number): Promise<string[]> {
  const ids: string[] = [];
  await inParallel(count, async () => {
    const { status, body } = await rest.upload();
    if (status !== 200) throw new Error(`Upload answered ${status}: ${JSON.stringify(body)}`);
    ids.push(body.id);
  });
  return ids;
}

async function inParallel(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Those of the lab, and the servers that are one process each. */
function processes(): { name: string; pid: number }[] {
  const { kafka, mongo, redis, s3 } = servers;
  return [
    ...lab.names.map((name) => ({ name, pid: lab.pid(name) })),
    ...[kafka, mongo, redis, s3].map(({ name, pid = 0 }) => ({ name, pid })),
  ];
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** User and system time so far. */
function cpuSeconds(pid: number): number {
  const ticksPerSecond = 100; // USER_HZ of Linux
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
