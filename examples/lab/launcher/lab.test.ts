// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { RunningLab } from "./lab.testing.ts";
import { getJson, runLab, temporaryDataDir, uploadSample } from "./lab.testing.ts";

const data = temporaryDataDir();
let lab: RunningLab;
let videoId: string;

beforeAll(async () => {
  lab = await runLab({ dataDir: data.path, env: { TRANSCODER_MOCK_DELAY: "50ms" } });
}, 30_000);

afterAll(async () => {
  await lab.stop();
  data.remove();
}, 30_000);

test("the lab makes four variants of an uploaded video", async () => {
  videoId = await uploadSample(lab);

  const video = await vi.waitFor(async () => {
    const answer = await getJson(`${lab.url("video-gateway", "HTTP")}/v1/videos/${videoId}`);
    expect(answer).toMatchObject({ status: "success" });
    return answer as Record<string, unknown>;
  }, 10_000);

  const url = `${lab.url("video-api", "objects")}/videos/${videoId}-sample.mp4`;
  expect(video).toEqual({
    id: videoId,
    width: 640,
    height: 360,
    size: "58090",
    duration: 4,
    url,
    status: "success",
    variants: { 360: url, 480: url, 720: url, 1080: url },
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  const stored = Buffer.from(await (await fetch(url)).arrayBuffer());
  const sample = readFileSync(new URL("../fixtures/sample.mp4", import.meta.url));
  expect(stored.equals(sample)).toBe(true);
});

test("comments are made, listed, changed and deleted over REST", async () => {
  const comments = `${lab.url("comment-gateway", "HTTP")}/v1/comments`;
  const made = await send("POST", comments, { videoId, content: "first" });
  const { id } = made.body;
  const changed = await send("PUT", `${comments}/${id}`, { content: "second" });
  const listed = await getJson(`${comments}/${videoId}`);
  const deleted = await send("DELETE", `${comments}/${id}`);

  expect(changed.body).toMatchObject({ id, videoId, content: "second" });
  expect(listed).toEqual({ comments: [changed.body] });
  expect(deleted.body).toEqual({});
  expect(await getJson(`${comments}/${videoId}`)).toEqual({ comments: [] });
});

test("stale caches: a read that begins after an acknowledged write sees it, also those of video-stream", async () => {
  const id = await uploadSample(lab);
  const video = `${lab.url("video-gateway", "HTTP")}/v1/videos/${id}`;
  const comments = `${lab.url("comment-gateway", "HTTP")}/v1/comments`;
  await Promise.all([getJson(video), getJson(`${comments}/${id}`)]);

  const made = await send("POST", comments, { videoId: id, content: "seen at once" });
  const listed = await getJson(`${comments}/${id}`);
  const lastVariant = new RegExp(`Variant made id=${id} .*status=success`);
  // Read all the while, so that what is in the caches is never old.
  while (!lab.lines.some((line) => lastVariant.test(line))) await getJson(video);

  expect(await getJson(video)).toMatchObject({ status: "success" });
  expect(listed).toMatchObject({ comments: [{ id: made.body.id }] });
});

test("orphans: deleting a video takes its comments and its file, and then it is not found", async () => {
  const id = await uploadSample(lab);
  const video = `${lab.url("video-gateway", "HTTP")}/v1/videos/${id}`;
  const comments = `${lab.url("comment-gateway", "HTTP")}/v1/comments`;
  await send("POST", comments, { videoId: id, content: "gone with it" });
  const { url } = (await getJson(video)) as { url: string };

  const deleted = await send("DELETE", video);

  expect(deleted).toEqual({ status: 200, body: {} });
  expect((await fetch(url)).status).toBe(404);
  expect(await getJson(`${comments}/${id}`)).toEqual({ comments: [] });
  expect((await fetch(video)).status).toBe(404);
  expect(await send("DELETE", video)).toEqual({ status: 404, body: failure(5, "video not found") });
});

const unknownId = "ffffffffffffffffffffffff";
const unknownUuid = "00000000-0000-4000-8000-000000000000";

test.each([
  ["video", "GET", "/", 200, { status: "ok" }],
  ["comment", "GET", "/", 200, { status: "ok" }],
  ["video", "GET", "/healthz", 200, { status: "ok" }],
  ["comment", "GET", "/readyz", 200, { status: "ok" }],
  ["video", "POST", "/healthz", 405, failure(12, expect.any(String))],
  ["video", "GET", "/v1/videos/nonsense", 400, failure(3, "invalid objectID")],
  ["video", "GET", `/v1/videos/${unknownId}`, 404, failure(5, "video not found")],
  ["video", "DELETE", `/v1/videos/${unknownId}`, 404, failure(5, "video not found")],
  ["video", "GET", "/v1/videos?limit=-1", 400, failure(3, expect.any(String))],
  ["video", "GET", "/v1/videos?limit=many", 400, failure(3, expect.any(String))],
  ["video", "GET", "/v2/videos", 404, failure(5, "Not Found")],
  ["video", "PUT", "/v1/videos", 405, failure(12, expect.any(String))],
  ["video", "POST", "/v1/videos", 400, failure(3, expect.stringContaining("form"))],
  ["comment", "GET", "/v1/comments/nonsense", 400, failure(3, "invalid objectID")],
  ["comment", "GET", `/v1/comments/${unknownId}`, 200, { comments: [] }],
  ["comment", "POST", "/v1/comments", 400, failure(3, "invalid objectID")],
  ["comment", "PUT", "/v1/comments/nonsense", 400, failure(3, "invalid UUID")],
  ["comment", "PUT", `/v1/comments/${unknownUuid}`, 404, failure(5, "comment not found")],
  ["comment", "DELETE", `/v1/comments/${unknownUuid}`, 404, failure(5, "comment not found")],
])("REST: the %s gateway answers %s %s with %i", async (gateway, method, path, status, body) => {
  const response = await fetch(`${lab.url(`${gateway}-gateway`, "HTTP")}${path}`, { method });

  expect([response.status, await response.json()]).toEqual([status, body]);
});

test("REST: a comment on a video that is not there answers the video's error", async () => {
  const response = await fetch(`${lab.url("comment-gateway", "HTTP")}/v1/comments`, {
    method: "POST",
    body: JSON.stringify({ videoId: unknownId, content: "hello", unknownField: 1 }),
  });

  expect([response.status, await response.json()]).toEqual([404, failure(5, "video not found")]);
});

test("REST: a known path with another method names those that it has", async () => {
  const response = await fetch(`${lab.url("video-gateway", "HTTP")}/v1/videos`, { method: "PUT" });

  expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
});

test.each(["comment-api", "video-api", "comment-gateway", "video-gateway", "video-stream"])(
  "dependencies: %s has /healthz and /readyz, beside its metrics",
  async (name) => {
    const base = lab.url(name, "metrics");

    const health = await Promise.all(
      ["/healthz", "/readyz"].map((path) => getJson(`${base}${path}`)),
    );
    const metrics = await (await fetch(`${base}/metrics`)).text();

    expect(health).toEqual([{ status: "ok" }, { status: "ok" }]);
    expect(metrics).toContain(`target_info{service_name="${name}"`);
  },
);

test("the servers count their requests as the original did", async () => {
  const metrics = await (await fetch(`${lab.url("video-api", "metrics")}/metrics`)).text();

  expect(metrics).toMatch(
    /^request_total\{FullMethod="\/video.pb.Video\/UploadVideo"\} [1-9]\d*$/m,
  );
  expect(metrics).toMatch(/^response_time_bucket\{.*GetVideo",le="1000"\} \d+$/m);
});

test("a process that is killed starts again", async () => {
  const restarted = lab.line(/^video-stream.*Ready/);

  process.kill(lab.pid("video-stream"), "SIGKILL");
  await restarted;
  const id = await uploadSample(lab);

  await vi.waitFor(async () => {
    const answer = await getJson(`${lab.url("video-gateway", "HTTP")}/v1/videos/${id}`);
    expect(answer).toMatchObject({ status: "success" });
  }, 14_000);
}, 30_000);

test("Ctrl-C stops everything without a trace, and a second start finds what was there", async () => {
  const pids = ["kafka", "video-stream", "comment-api", "video-api", "video-gateway"].map(lab.pid);
  const before = await getJson(`${lab.url("video-gateway", "HTTP")}/v1/videos`);

  const code = await lab.stop("SIGINT");
  const left = pids.filter(isAlive);
  const traces = lab.lines.filter((line) => /^\s+at /.test(line.split("|").at(-1) ?? ""));
  lab = await runLab({ dataDir: data.path });

  expect({ code, left, traces }).toEqual({ code: 0, left: [], traces: [] });
  const after = await getJson(`${lab.url("video-gateway", "HTTP")}/v1/videos`);
  expect(withoutPorts(after)).toEqual(withoutPorts(before));
}, 40_000);

interface Answer {
  readonly status: number;
  readonly body: { readonly id?: string };
}

async function send(method: string, url: string, body?: object): Promise<Answer> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

function failure(code: number, message: unknown) {
  return { code, message, details: [] };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// A lab on free ports stores URLs with the ports of that run.
function withoutPorts(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer).replaceAll(/127\.0\.0\.1:\d+/g, ""));
}
