// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "@labwire/embedded-kafka";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { startVideoApi } from "../video/main.testing.ts";
import { leftovers } from "../video/objects/objects.contract.ts";
import { freshBucket } from "../video/objects/objects.s3.testing.ts";
import { openS3ObjectStore } from "../video/objects/objects.s3.ts";
import { chunk, header, messages } from "../video/service.testing.ts";
import { targetScales } from "../video/store.ts";
import { hasFfmpeg, makeVideo, play } from "./ffmpeg.testing.ts";
import { startVideoStream } from "./main.testing.ts";

const ffmpegTest = test.skipIf(!hasFfmpeg);
const soon = { timeout: 90_000, interval: 100 };

describeWith(
  ["MINIO_ENDPOINT", "MINIO_USERNAME", "MINIO_PASSWORD"],
  "the lab with ffmpeg",
  (env) => {
    ffmpegTest(
      "an upload gets four playable renditions, all gone with it; what is no video fails",
      { timeout: 180_000 },
      async () => {
        const { client, objects } = await startLab();
        const upload = async (filename: string, file: Uint8Array) =>
          (await client.uploadVideo(messages(header(filename), chunk(file)))).id;
        const ended = (id: string) =>
          vi.waitFor(async () => {
            const { video } = await client.getVideo({ id });
            expect(video?.status).toMatch(/success|failed/);
            return video;
          }, soon);

        const good = await ended(await upload("a.mp4", await makeVideo("160x90")));
        const bad = await ended(await upload("b.txt", Buffer.from("no video")));
        const sizes = await Promise.all(
          targetScales.map(async (scale) => (await play(good?.variants[scale] ?? "")).size),
        );
        for (const video of [good, bad]) await client.deleteVideo({ id: video?.id });

        expect({ good: good?.status, sizes, bad: bad?.status, variants: bad?.variants }).toEqual({
          good: "success",
          sizes: ["640x360", "854x480", "1280x720", "1920x1080"],
          bad: "failed",
          variants: {},
        });
        expect(await leftovers(objects)).toEqual({ names: [], parts: 0 });
      },
    );

    /** Both processes as production starts them, on S3, with embedded Kafka and SQLite. */
    async function startLab() {
      const folder = mkdtempSync(join(tmpdir(), "lab-ffmpeg-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const broker = await startBroker({ topics: [{ name: "video", partitions: 4 }] });
      onTestFinished(() => broker.close());
      const comments = await startRpcServer({
        address: { host: "127.0.0.1", port: 0 },
        routes: (router) => router.rpc(Comment.method.deleteCommentByVideoID, () => ({})),
      });
      onTestFinished(() => comments.close(0));
      const bucket = freshBucket(env);
      const shared = {
        MONGO_URL: `sqlite:${join(folder, "videos.db")}`,
        MINIO_ENDPOINT: env.MINIO_ENDPOINT,
        MINIO_USERNAME: env.MINIO_USERNAME,
        MINIO_PASSWORD: env.MINIO_PASSWORD,
        MINIO_BUCKET: bucket.bucket,
      };
      const kafka = `127.0.0.1:${broker.port}`;
      const api = await startVideoApi(folder, {
        ...shared,
        KAFKA_PRODUCER_ADDRS: kafka,
        COMMENT_SERVER_ADDR: `127.0.0.1:${comments.address.port}`,
      });
      const stream = await startVideoStream(kafka, {
        ...shared,
        PATH: process.env.PATH ?? "",
        TRANSCODER: "ffmpeg",
        STREAM_CONCURRENCY: "2",
        STREAM_RETRY_ATTEMPTS: "2",
      });
      await stream.line(/ Ready /);
      return { client: api.client, objects: await openS3ObjectStore(bucket) };
    }
  },
);
