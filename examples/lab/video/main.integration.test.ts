// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startBroker } from "@labwire/embedded-kafka";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Comment } from "../gen/comment/pb/rpc_pb.ts";
import { formatAddress } from "../kit/address.ts";
import { startRpcServer } from "../kit/rpc/rpc-server.ts";
import { startVideoStream } from "../stream/main.testing.ts";
import type { VideoApi } from "./main.testing.ts";
import { startVideoApi } from "./main.testing.ts";
import { freshMongo } from "./mongo.testing.ts";
import { uploadText } from "./service.testing.ts";

// Several processes start in each test, which takes a busy machine its time.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "video-mongo-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

describeWith(["MONGO_URL"], "video-api and video-stream on MongoDB", ({ MONGO_URL }) => {
  test("two video-api of one database: uploads get four variants, and deletes leave nothing", async () => {
    const { env, database } = await setUp(MONGO_URL);
    const [one, two] = [await startVideoApi(folder, env), await startVideoApi(folder, env)];
    const apis = [one, two];
    const apiOf = (n: number) => (n % 2 === 0 ? one : two);
    await startVideoStream(env.KAFKA_PRODUCER_ADDRS, env);

    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, n) => uploadText(apiOf(n).client, `bytes ${n}`)),
    );
    const statuses = () => Promise.all(apis.map(({ client }) => statusesOf(client, ids)));
    await vi.waitFor(
      async () => expect((await statuses()).flat()).toEqual(Array(40).fill("success")),
      { timeout: 80_000, interval: 100 },
    );
    const { video } = await one.client.getVideo({ id: ids[1] ?? "" });
    const stored = await database.collection("videos").find().toArray();
    await Promise.all(ids.map((id, n) => apiOf(n).client.deleteVideo({ id })));

    expect(Object.keys(video?.variants ?? {})).toEqual(["360", "480", "720", "1080"]);
    expect(stored.map(({ outbox, status }) => [outbox, status])).toEqual(
      ids.map(() => [undefined, "success"]),
    );
    expect(await database.collection("videos").countDocuments()).toBe(0);
    expect(files()).toEqual([]);
    for (const api of apis) expect(await api.stop("SIGTERM")).toBe(0);
  });

  test("atomic: kill -9 of the video-api that relays costs no acknowledged upload its variants", async () => {
    const { env, database } = await setUp(MONGO_URL);
    const [killed, other] = [await startVideoApi(folder, env), await startVideoApi(folder, env)];
    await startVideoStream(env.KAFKA_PRODUCER_ADDRS, env);
    const acknowledged: string[] = [];
    const uploads = Promise.allSettled(
      [killed, other, killed, other].map(async (api) => {
        while (acknowledged.length < 40) acknowledged.push(await uploadText(api.client, "bytes"));
      }),
    );

    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(20), 30_000);
    await killed.stop("SIGKILL");
    await uploads;

    await vi.waitFor(
      async () => {
        const statuses = await statusesOf(other.client, acknowledged);
        expect(statuses).toEqual(acknowledged.map(() => "success"));
      },
      { timeout: 80_000, interval: 100 },
    );
    const videos = database.collection("videos");
    await vi.waitFor(async () => {
      expect(await videos.countDocuments({ outbox: { $exists: true } })).toBe(0);
    }, 10_000);
    const kept = (await videos.find().toArray()).map(({ object_name }) => object_name);
    expect(files()).toEqual(expect.arrayContaining(kept.sort()));
  });
});

describeWith(["MONGO_URL"], "video-api whose MongoDB fails", () => {
  test("dependencies: it waits for MongoDB, says so, and is ready when it is there", async () => {
    const mongo = await startServer("mongo");
    onTestFinished(() => mongo.remove());
    await mongo.kill();
    const waiting = Promise.withResolvers<string>();
    const starting = startVideoApi(folder, { MONGO_URL: mongo.env.MONGO_URL ?? "" }, [], (line) => {
      if (line.includes("Waiting for")) waiting.resolve(line);
    });

    const line = await waiting.promise;
    await mongo.start();
    const api = await starting;

    expect(line).toMatch(/ Waiting for the video store error="connect ECONNREFUSED /);
    expect(await uploadText(api.client, "bytes")).toMatch(/^[0-9a-f]{24}$/);
  });

  test("dependencies: it answers Unavailable while MongoDB hangs, and stops in time all the same", async () => {
    const mongo = await startServer("mongo");
    onTestFinished(() => mongo.remove());
    const api = await startVideoApi(folder, { MONGO_URL: mongo.env.MONGO_URL ?? "" });
    const id = await uploadText(api.client, "bytes");

    await mongo.pause();
    const hung = [api.client.getVideo({ id }), api.client.listVideo({})];
    const errors = await Promise.all(hung.map((call) => call.catch((error) => error.message)));
    await mongo.resume();
    const back = await vi.waitFor(() => api.client.getVideo({ id }), 20_000);
    await mongo.pause();
    const code = await api.stop("SIGTERM");
    await mongo.resume();

    expect(errors).toEqual(Array(2).fill("[unavailable] video store is unavailable"));
    expect(back.video?.id).toBe(id);
    expect(code).toBe(0);
  });
});

async function setUp(url: string) {
  const { address, database } = freshMongo(url);
  const broker = await startBroker({ topics: [{ name: "video", partitions: 4 }] });
  onTestFinished(() => broker.close());
  const comments = await startRpcServer({
    address: { host: "127.0.0.1", port: 0 },
    routes: (router) => router.rpc(Comment.method.deleteCommentByVideoID, () => ({})),
  });
  onTestFinished(() => comments.close(0));
  const [kafka = ""] = broker.brokers;
  return {
    database,
    env: {
      MONGO_URL: address.MONGO_URL,
      MONGO_DATABASE: address.MONGO_DATABASE,
      MINIO_ENDPOINT: pathToFileURL(join(folder, "objects")).href,
      KAFKA_PRODUCER_ADDRS: kafka,
      COMMENT_SERVER_ADDR: formatAddress(comments.address),
      TRANSCODER_MOCK_DELAY: "10ms",
    },
  };
}

async function statusesOf(client: VideoApi["client"], ids: string[]): Promise<unknown[]> {
  const videos = await Promise.all(ids.map((id) => client.getVideo({ id })));
  return videos.map(({ video }) => video?.status);
}

function files(): string[] {
  return readdirSync(join(folder, "objects"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}
