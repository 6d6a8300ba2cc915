// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "@labwire/embedded-kafka";
import { createKafkaApp } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import type { HandleVideoCreatedRequest } from "../gen/video/pb/stream_pb.ts";
import { VideoStream } from "../gen/video/pb/stream_pb.ts";
import { formatAddress } from "../kit/address.ts";
import { freePort } from "../kit/free-port.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { openSqlite } from "../kit/sqlite.ts";
import { startVideoApi } from "./main.testing.ts";
import { chunk, header, uploadText } from "./service.testing.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "video-api-"));
  return () => rmSync(folder, { recursive: true });
});

test("dependencies: video-api takes uploads while Kafka is away, and says that it is not ready", async () => {
  const api = await startVideoApi(folder);

  const id = await uploadText(api.client, "bytes");
  const ready = await vi.waitFor(
    async () => {
      const answer = await fetch(`${api.metricsUrl}/readyz`);
      expect(answer.status).toBe(503);
      return answer.text();
    },
    { timeout: 10_000 },
  );
  const live = await fetch(`${api.metricsUrl}/healthz`);

  expect(ready).toContain("kafka");
  expect(live.status).toBe(200);
  expect(await api.stop("SIGTERM")).toBe(0);
  expect(pendingEvents()).toEqual([id]);
});

test("atomic: an upload that was taken while Kafka was away is told when it is there", async () => {
  const port = await freePort();
  const api = await startVideoApi(folder, { KAFKA_PRODUCER_ADDRS: `127.0.0.1:${port}` });
  const id = await uploadText(api.client, "bytes");
  const { video } = await api.client.getVideo({ id });

  const broker = await startBroker({ port, topics: [{ name: "video", partitions: 4 }] });
  onTestFinished(() => broker.close());
  const told = Promise.withResolvers<HandleVideoCreatedRequest>();
  const kafka = createKafkaApp({ driver: kafkajs({ brokers: broker.brokers, clientId: "test" }) });
  kafka.service(
    VideoStream,
    { handleVideoCreated: async (message) => told.resolve(message) },
    { group: "test", topics: { handleVideoCreated: "video" } },
  );
  const run = await kafka.start();
  onTestFinished(() => run.stop());

  expect(await told.promise).toMatchObject({ id, url: video?.url, scale: 0 });
  await vi.waitFor(() => expect(pendingEvents()).toEqual([]), { timeout: 10_000 });
  expect((await fetch(`${api.metricsUrl}/readyz`)).status).toBe(200);
});

test("dependencies: video-api says in /readyz which store it waits for", async () => {
  const meter = `127.0.0.1:${await freePort()}`;
  const access = { MINIO_USERNAME: "user", MINIO_PASSWORD: "password" };
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const env = { METER_ADDR: meter, MINIO_ENDPOINT: endpoint, ...access };
  const waiting = Promise.withResolvers<void>();
  const hear = (line: string) => line.includes("Waiting for the object store") && waiting.resolve();
  // It never gets ready, and ends with the test.
  startVideoApi(folder, env, [], hear).catch(waiting.reject);
  await waiting.promise;

  const answer = await fetch(`http://${meter}/readyz`);

  expect([answer.status, await answer.json()]).toEqual([
    503,
    { status: expect.stringContaining("object store: starting; RPC server: starting") },
  ]);
});

test("dependencies: video-api answers Unavailable when comments are away, and stays alive", async () => {
  const { client } = await startVideoApi(folder);
  const id = await uploadText(client, "bytes");

  await expect(client.deleteVideo({ id })).rejects.toThrow("comment service is unavailable");

  expect((await client.healthz({})).status).toBe("ok");
});

test("atomic: a crash in the middle of an upload leaves nothing once it has started again", async () => {
  const killed = await startVideoApi(folder);
  const lost = expect(killed.client.uploadVideo(stuckUpload())).rejects.toThrow();
  await vi.waitFor(() => expect(sizes()).toEqual([65_536]), { timeout: 10_000 });
  await killed.stop("SIGKILL");
  await lost;
  const left = sizes();

  const { client } = await startVideoApi(folder, { SWEEP_AGE: "0s" });
  await vi.waitFor(() => expect(sizes()).toEqual([]), { timeout: 10_000 });

  expect(left).toEqual([65_536]);
  expect((await client.listVideo({})).videos).toEqual([]);
});

test("atomic: a crash between uploads keeps those that were acknowledged, and no half of another", async () => {
  const killed = await startVideoApi(folder);
  const acknowledged: string[] = [];
  const uploads = Promise.allSettled(
    Array.from({ length: 20 }, async () => {
      for (;;) acknowledged.push(await uploadText(killed.client, "bytes"));
    }),
  );
  await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(50), {
    timeout: 10_000,
    interval: 1,
  });
  await killed.stop("SIGKILL");
  await uploads;

  const api = await startVideoApi(folder, { SWEEP_AGE: "0s" });
  const kept = (await api.client.listVideo({})).videos.map(({ id }) => id).sort();
  await vi.waitFor(() => expect(files()).toEqual(kept.map((id) => `${id}-sample.mp4`)), {
    timeout: 10_000,
  });
  await api.stop("SIGTERM");

  expect(kept).toEqual(expect.arrayContaining(acknowledged));
  expect(pendingEvents()).toEqual(kept);
});

test("orphans: a delete that broke off is finished at the next start", async () => {
  const killed = await startVideoApi(folder);
  const id = await uploadText(killed.client, "bytes");
  await expect(killed.client.deleteVideo({ id })).rejects.toThrow("comment service");
  await killed.stop("SIGKILL");
  const left = files();

  const comments = await startComments();
  const { client } = await startVideoApi(folder, { COMMENT_SERVER_ADDR: comments.address });
  await vi.waitFor(() => expect(files()).toEqual([]), { timeout: 10_000 });

  expect({ left, deleted: comments.deleted }).toEqual({
    left: [`${id}-sample.mp4`],
    deleted: [id],
  });
  await vi.waitFor(
    () => expect(client.deleteVideo({ id })).rejects.toThrow("video not found"),
    10_000,
  );
});

async function startComments(): Promise<{ address: string; deleted: string[] }> {
  const deleted: string[] = [];
  const server = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: (router) =>
      router.rpc(Comment.method.deleteCommentByVideoID, ({ videoId }) => {
        deleted.push(videoId);
        return {};
      }),
  });
  onTestFinished(() => server.close(0));
  return { address: formatAddress(server.address), deleted };
}

function files(): string[] {
  return readdirSync(join(folder, "objects"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

/** Of all objects and parts. */
function sizes(): number[] {
  return readdirSync(join(folder, "objects"), { recursive: true })
    .map((name) => statSync(join(folder, "objects", name.toString())))
    .filter((stat) => stat.isFile())
    .map((stat) => stat.size);
}

/** The ids of the videos whose events wait in the outbox. */
function pendingEvents(): unknown[] {
  const database = openSqlite(`sqlite:${join(folder, "videos.db")}`);
  const rows = database.prepare("SELECT key FROM outbox ORDER BY key").all();
  database.close();
  return rows.map(({ key }) => key);
}

async function* stuckUpload() {
  yield header("a.mp4");
  yield chunk(new Uint8Array(65_536));
  await new Promise(() => {});
}
