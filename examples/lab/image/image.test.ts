// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startBroker } from "@labwire/embedded-kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../kit/free-port.ts";
import type { Bundle } from "./bundle.ts";
import { bundleLab, bundleNames } from "./bundle.ts";
import { startContainer, startServices, success, upload } from "./image.testing.ts";

/** What the image may hold beside its base image: a dependency too many shows here. */
const maxBundleBytes = 6_000_000;

// Half a second and two on a quiet machine, but many tests may start processes at once.
const startTimeoutMs = 180_000;

const root = mkdtempSync(join(tmpdir(), "lab-image-"));
const folder = join(root, "app");
let bundle: Bundle;

beforeAll(async () => {
  bundle = await bundleLab(folder);
}, startTimeoutMs);

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the image's bundle", { timeout: startTimeoutMs }, () => {
  test("has its entries, the migrations and all licences, and is small", () => {
    expect(bundle.files).toEqual(expect.arrayContaining([...bundleNames, "LICENSES.txt"]));
    for (const adapter of ["sqlite", "postgres"]) {
      const files = bundle.files.filter((file) => file.startsWith(`migration-${adapter}/`));
      expect(files.filter((file) => file.endsWith(".up.sql"))).not.toEqual([]);
    }
    const licences = readFileSync(join(folder, "LICENSES.txt"), "utf8");
    for (const name of ["kafkajs", "pg", "mongodb", "@aws-sdk/client-s3", "mediabunny"]) {
      expect.soft(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
    }
    expect(bundle.bytes).toBeLessThan(maxBundleBytes);
  });

  test("names the processes when it is asked for another", async () => {
    const container = startContainer(folder, ["video"], {});
    expect(await container.ended).toBe(1);
    expect(container.log.join("")).toBe(
      "Unknown process 'video': must be one of comment-api, comment-gateway, comment-migration, video-api, video-gateway, video-stream\n",
    );
  });

  test("hands the arguments behind the process to it", async () => {
    const container = startContainer(folder, ["comment-api", "--grpc_addr=nowhere"], {});
    expect(await container.ended).toBe(1);
    expect(container.log.join("")).toMatch(/^Malformed GRPC_ADDR: .*'nowhere'\n$/);
  });

  test("says why a process is not healthy", async () => {
    const env = { METER_ADDR: `127.0.0.1:${await freePort()}`, POSTGRES_URL: "sqlite::memory:" };
    const container = startContainer(folder, ["comment-api", "--meter_addr=127.0.0.1:0"], env);
    try {
      await expect(container.healthcheck("/healthz")).rejects.toThrow(
        /Unhealthy by .*ECONNREFUSED/,
      );
    } finally {
      await container.stop("SIGKILL");
    }
  });

  test("runs every process of compose.yaml: an upload gets its four variants", async () => {
    const broker = await startBroker({ topics: [{ name: "video", partitions: 4 }] });
    const objects = await freePort();
    const videos = `sqlite:${join(root, "videos.db")}`;
    const comments = `sqlite:${join(root, "comments.db")}`;
    const lab = await startServices({
      folder,
      addresses: { "kafka:9092": `${broker.host}:${broker.port}` },
      env: {
        MIGRATION_URL: comments,
        POSTGRES_URL: comments,
        MONGO_URL: videos,
        MINIO_ENDPOINT: pathToFileURL(join(root, "objects")).href,
        OBJECTS_PUBLIC_URL: `http://127.0.0.1:${objects}`,
        REDIS_ADDR: "",
        HTTP_ADDR: `127.0.0.1:${objects}`,
        TRANSCODER_MOCK_DELAY: "50ms",
        // Where everything is slow, the width would stay 0.
        PROBE_TIMEOUT: "60s",
      },
    });
    try {
      const gateway = lab.url("video-gateway");
      const id = await upload(gateway);
      const video = await success(gateway, id);
      expect(Object.keys(video.variants).sort()).toEqual(["1080", "360", "480", "720"]);
      // Read by the worker, which is a file of its own.
      expect(video.width).toBeGreaterThan(0);

      const comment = { videoId: id, content: "from the bundle" };
      const url = `${lab.url("comment-gateway")}/v1/comments`;
      const created = await fetch(url, { method: "POST", body: JSON.stringify(comment) });
      expect(created.status).toBe(200);
      const listed = await (await fetch(`${url}/${id}`)).json();
      expect(listed).toMatchObject({ comments: [{ content: "from the bundle" }] });
      for (const container of lab.running.values()) {
        // kafkajs sets timers of negative length unless it is amended, in the bundle too.
        expect.soft(container.log.join("")).not.toContain("TimeoutNegativeWarning");
      }
    } finally {
      const codes = await lab.stop();
      await broker.close();
      // Each stops by itself, in good order.
      const logs = [...lab.running].map(([name, { log }]) => `${name}\n${log.join("")}`).join("\n");
      expect(new Set(Object.values(codes)), `${JSON.stringify(codes)}\n${logs}`).toEqual(
        new Set([0]),
      );
    }
  });
});
