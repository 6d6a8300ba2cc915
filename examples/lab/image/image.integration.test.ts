// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server, ServerName } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { composeDeployment, readCompose } from "../deployment/read-compose.ts";
import { bundleLab } from "./bundle.ts";
import type { ProcessName } from "./image.testing.ts";
import { startServices, success, upload } from "./image.testing.ts";

const sample = readFileSync("examples/lab/fixtures/sample.mp4");

/** Of its limit, what a process may take at most: the rest is for what the kernel counts with it. */
const maxShareOfLimit = 0.8;
const largeUploadBytes = 96 * 1024 ** 2;

describeWith(
  ["KAFKA_ADDRS", "POSTGRES_URL", "MONGO_URL", "REDIS_ADDR", "MINIO_ENDPOINT"],
  "the image on real servers",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-image-"));
    // Of its own, since they hold what compose.yaml names.
    const servers = new Map<ServerName, Server>();
    let lab: Awaited<ReturnType<typeof startServices>>;

    beforeAll(async () => {
      const names = ["kafka", "postgres", "mongo", "redis", "s3"] as const;
      const started = names.map(async (name) => servers.set(name, await startServer(name)));
      await Promise.all([...started, bundleLab(folder)]);
      const address = (name: ServerName) => `127.0.0.1:${servers.get(name)?.port}`;
      const { MINIO_ENDPOINT = "", ...s3 } = servers.get("s3")?.env ?? {};
      lab = await startServices({
        folder,
        addresses: {
          "kafka:9092": address("kafka"),
          "postgres:5432": address("postgres"),
          "mongo:27017": address("mongo"),
          "redis:6379": address("redis"),
          "http://s3:9000": MINIO_ENDPOINT,
          // What is published on this machine.
          "http://localhost:9000": MINIO_ENDPOINT,
        },
        env: { ...s3, TRANSCODER_MOCK_DELAY: "50ms" },
      });
    }, 180_000);

    afterAll(async () => {
      await lab?.stop();
      await Promise.all([...servers.values()].map((server) => server.remove()));
      rmSync(folder, { recursive: true });
    });

    test("an upload gets its four variants and its file can be fetched", async () => {
      const gateway = lab.url("video-gateway");
      const video = await success(gateway, await upload(gateway));
      expect(Object.keys(video.variants).sort()).toEqual(["1080", "360", "480", "720"]);
      const response = await fetch(video.url);
      expect(Buffer.from(await response.arrayBuffer()).equals(sample)).toBe(true);
    });

    test("every process stays below its memory limit, with an upload larger than most of them", async () => {
      const gateway = lab.url("video-gateway");
      const large = Buffer.concat([sample, Buffer.alloc(largeUploadBytes - sample.length, 7)]);
      const id = await upload(gateway, large);
      await success(gateway, id);
      const comments = `${lab.url("comment-gateway")}/v1/comments`;
      for (let i = 0; i < 100; i++) {
        const body = JSON.stringify({ videoId: id, content: `comment ${i}` });
        expect((await fetch(comments, { method: "POST", body })).status).toBe(200);
      }
      expect((await fetch(`${comments}/${id}`)).status).toBe(200);

      const { workloads } = composeDeployment(readCompose("compose.yaml"), "");
      for (const [name, container] of lab.running) {
        const limit = workloads.find((workload) => workload.name === name)?.memoryBytes ?? 0;
        const mebibytes = Math.round(container.peakMemory() / 1024 ** 2);
        console.log(`${name}: at most ${mebibytes} MiB of ${limit / 1024 ** 2}`);
        expect.soft(container.peakMemory(), name).toBeLessThan(limit * maxShareOfLimit);
      }
    }, 300_000);

    test("every process stops by itself within the time that compose.yaml gives it", async () => {
      const started = performance.now();
      const codes = await lab.stop();
      expect(new Set(Object.values(codes))).toEqual(new Set([0]));
      const { workloads } = composeDeployment(readCompose("compose.yaml"), "");
      const stopMs = workloads.find(
        ({ name }) => name === ("video-api" satisfies ProcessName),
      )?.stopMs;
      expect(performance.now() - started).toBeLessThan(stopMs ?? 0);
    });
  },
);
