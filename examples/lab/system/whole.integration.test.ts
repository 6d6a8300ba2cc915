// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toolPath } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { createProber } from "../video/probe.ts";
import type { OwnServers } from "./own-servers.testing.ts";
import { serverVariables, startOwnServers } from "./own-servers.testing.ts";
import type { Monitoring } from "./prometheus.testing.ts";
import { startMonitoring } from "./prometheus.testing.ts";
import type { RealLab } from "./real-lab.testing.ts";
import { startRealLab } from "./real-lab.testing.ts";
import type { Rest } from "./rest.testing.ts";
import { restClient, sample } from "./rest.testing.ts";
import type { Stores } from "./stores.testing.ts";
import { lookInto } from "./stores.testing.ts";

// In CI a missing ffmpeg is a failure, not a reason to skip.
const ffmpegTest = test.skipIf(!toolPath("ffmpeg") && process.env.CI !== "true");
const sampleFile = fileURLToPath(new URL("../fixtures/sample.mp4", import.meta.url));

describeWith(serverVariables, "the lab on real servers", () => {
  let servers: OwnServers;
  let stores: Stores;
  let lab: RealLab;
  let rest: Rest;
  let monitoring: Monitoring;

  beforeAll(async () => {
    servers = await startOwnServers();
    stores = lookInto(servers.env);
    lab = await startRealLab({ env: { ...servers.env, TRANSCODER_MOCK_DELAY: "100ms" } });
    rest = restClient(lab);
    monitoring = await startMonitoring(lab);
  }, 180_000);

  afterAll(async () => {
    await monitoring?.close();
    await lab?.close();
    await stores?.close();
    await servers?.stop();
  });

  test("an upload by curl becomes a document with four variants, and a file that anyone can get", async () => {
    const id = await uploadByCurl();

    const document = await untilEncoded(id);

    const { body } = await rest.video(id);
    const url = `${servers.env.MINIO_ENDPOINT}/videos/${id}-sample.mp4`;
    expect(document).toMatchObject({
      ...{ width: 640, height: 360, size: sample.length, duration: 4, url, status: "success" },
      variants: { 360: url, 480: url, 720: url, 1080: url },
      created_at: expect.any(Date),
      updated_at: expect.any(Date),
    });
    expect(body).toMatchObject({ id, url, status: "success", variants: document?.variants });
    const stored = Buffer.from(await (await fetch(body.url)).arrayBuffer());
    expect(stored.equals(sample)).toBe(true);
    expect((await rest.videos()).body.videos.map((video) => video.id)).toContain(id);
  });

  test("comments are rows of PostgreSQL: made, listed, changed and deleted over REST", async () => {
    const id = await uploadByCurl();
    const first = await rest.comment(id, "first");
    const second = await rest.comment(id, "second");
    const changed = await rest.updateComment(first.body.id, "changed");
    const listed = await rest.comments(id);
    const rows = (await stores.comments()).filter((row) => row.video_id === id);
    const deleted = await rest.deleteComment(second.body.id);

    expect([first, second, changed, deleted].map(({ status }) => status)).toEqual([
      ...[200, 200, 200, 200],
    ]);
    expect(listed.body.comments.map(({ content }) => content)).toEqual(["changed", "second"]);
    expect(rows.map(({ content }) => content).sort()).toEqual(["changed", "second"]);
    expect((await rest.comments(id)).body.comments).toEqual([changed.body]);
  });

  test("a second read comes from a cache: it is in Redis under the key of the specification", async () => {
    const id = await uploadByCurl();
    await untilEncoded(id);
    await rest.comment(id, "to be read twice");
    const before = await cachedReads("video-api");

    const [first, second] = [await rest.video(id), await rest.video(id)];
    await rest.comments(id);
    await rest.videos();

    expect(second.body).toEqual(first.body);
    expect(await cachedReads("video-api")).toBeGreaterThan(before);
    await vi.waitFor(async () => {
      const keys = await stores.cacheKeys("*");
      expect(keys).toEqual(
        expect.arrayContaining([`getVideo:${id}`, `listComment:${id}:0:0`, "listVideo:0:0"]),
      );
    });
  });

  test("deleting a video deletes its row, its file, its comments, and what caches have of it", async () => {
    const id = await uploadByCurl();
    await untilEncoded(id);
    await rest.comment(id, "gone with it");
    const { url } = (await rest.video(id)).body;

    const deleted = await rest.deleteVideo(id);

    expect([deleted.status, (await rest.video(id)).status]).toEqual([200, 404]);
    expect((await rest.comments(id)).body).toEqual({ comments: [] });
    expect((await rest.deleteVideo(id)).status).toBe(404);
    expect((await fetch(url)).status).not.toBe(200);
    const ids = (await stores.videos()).map(({ _id }) => String(_id));
    const left = {
      videos: ids.filter((other) => other === id),
      objects: (await stores.objects()).filter((name) => name.startsWith(id)),
      comments: (await stores.comments()).filter((row) => row.video_id === id),
    };
    expect(left).toEqual({ videos: [], objects: [], comments: [] });
  });

  test("Prometheus scrapes every process and answers with what was done", async () => {
    await rest.video(await uploadByCurl());

    await vi.waitFor(
      async () => {
        const up = await monitoring.query("up");
        expect(up.map(({ metric, value }) => `${metric.job} ${value}`).sort()).toEqual(
          lab.names.map((name) => `${name} 1`).sort(),
        );
        expect(await methods("request_total")).toEqual(
          expect.arrayContaining(["/video.pb.Video/UploadVideo", "/video.pb.Video/GetVideo"]),
        );
        expect(await methods("response_time_count")).toContain("/video.pb.Video/UploadVideo");
        const handled = await monitoring.query(
          'sum(messaging_process_duration_seconds_count{job="video-stream"})',
        );
        expect(handled[0]?.value).toBeGreaterThanOrEqual(5);
        const gateway = await monitoring.query('{job="video-gateway",__name__=~".*_count"}');
        expect(gateway).not.toEqual([]);
      },
      { timeout: 15_000, interval: 250 },
    );
  });

  test("an alert fires at Alertmanager when video-stream is stopped, and resolves when it is back", async () => {
    const name = "VideoStreamDown";
    // It fires at the start, too, until the first scrape.
    await untilAlertIs(name, "quiet");

    await lab.stop("video-stream");
    const fired = await untilAlertIs(name, "firing");
    await lab.start("video-stream");
    const resolved = await untilAlertIs(name, "quiet");

    expect(fired?.annotations.summary).toBe("No video-stream answers");
    expect(resolved).toMatchObject({ status: "resolved", labels: fired?.labels });
  }, 120_000);

  ffmpegTest(
    "with ffmpeg a video has four renditions of their heights, which are deleted with it",
    async () => {
      const own = { MONGO_DATABASE: "with_ffmpeg", MINIO_BUCKET: "with-ffmpeg" };
      const topics = {
        KAFKA_PRODUCER_TOPIC: "with-ffmpeg",
        KAFKA_CONSUMER_TOPIC: "with-ffmpeg",
        KAFKA_CONSUMER_GROUP: "with-ffmpeg",
      };
      const ffmpeg = { TRANSCODER: "ffmpeg", STREAM_CONCURRENCY: "2" };
      // A lab beside the first, on the same servers.
      const second = await startRealLab({ env: { ...servers.env, ...own, ...topics, ...ffmpeg } });
      onTestFinished(() => second.close());
      const itsStores = lookInto({ ...servers.env, ...own });
      onTestFinished(() => itsStores.close());
      const itsRest = restClient(second);
      const { id } = (await itsRest.upload()).body;

      const { variants } = await vi.waitFor(
        async () => {
          const { body } = await itsRest.video(id);
          expect(body.status).toBe("success");
          return body;
        },
        { timeout: 60_000, interval: 250 },
      );

      const heights = await Promise.all(Object.values(variants).map(heightOf));
      expect(heights).toEqual(Object.keys(variants).map(Number));
      expect(await itsStores.objects()).toHaveLength(5);
      expect((await itsRest.deleteVideo(id)).status).toBe(200);
      expect(await itsStores.objects()).toEqual([]);
    },
    120_000,
  );

  /** Height of the video at a URL, in pixels. */
  async function heightOf(url: string): Promise<number> {
    const file = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const prober = createProber({ timeoutMs: 10_000 });
    try {
      const read = async (start: number, end: number) => file.subarray(start, end);
      return (await prober.probe({ size: file.length, read })).height;
    } finally {
      await prober.close();
    }
  }

  /** Resolves, with what Alertmanager told last, when it and Prometheus both say so. */
  function untilAlertIs(name: string, state: "firing" | "quiet") {
    return vi.waitFor(
      async () => {
        const told = monitoring.alerts.findLast(({ labels }) => labels.alertname === name);
        const firing = await monitoring.query(`ALERTS{alertname="${name}",alertstate="firing"}`);
        const scraped = await monitoring.query("up");
        const isFiring = told?.status === "firing";
        expect(scraped).toHaveLength(lab.names.length);
        expect([isFiring, firing.length > 0]).toEqual(Array(2).fill(state === "firing"));
        return told;
      },
      { timeout: 60_000, interval: 250 },
    );
  }

  async function methods(metric: string) {
    return (await monitoring.query(metric)).map((series) => series.metric.FullMethod);
  }

  async function uploadByCurl(): Promise<string> {
    const url = `${lab.url("video-gateway", "HTTP")}/v1/videos`;
    const args = ["--silent", "--fail-with-body", "--form", `file=@${sampleFile}`, url];
    const { stdout } = await promisify(execFile)("curl", args);
    return JSON.parse(stdout).id;
  }

  /** The document of the video, when it has its four variants. */
  function untilEncoded(id: string) {
    return vi.waitFor(
      async () => {
        const document = (await stores.videos()).find(({ _id }) => String(_id) === id);
        expect(document?.status).toBe("success");
        return document;
      },
      { timeout: 20_000, interval: 100 },
    );
  }

  /** How many reads the process did not ask its store for. */
  async function cachedReads(name: string): Promise<number> {
    const text = await (await fetch(`${lab.url(name, "metrics")}/metrics`)).text();
    const lines = text.matchAll(/^cache_reads_total\{.*cache_tier="(?:local|redis)".*\} (\d+)$/gm);
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  }
});
