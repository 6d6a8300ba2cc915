// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Server } from "@labwire/servers";
import { startServer } from "@labwire/servers";
import { describeWith } from "@labwire/servers/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { createObjectId } from "./object-id.ts";
import type { VideoDatabase, VideoStoreAddress } from "./store.open.ts";
import { openVideoDatabase } from "./store.open.ts";
import type { VideoStore } from "./store.ts";
import { VideoNotFoundError, VideoStoreUnavailableError } from "./store.ts";

const id = "65a000000000000000000001";
// Five seconds for a call, and as much again for a machine with other work.
const boundMs = 10_000;

vi.setConfig({ testTimeout: 120_000 });

describeWith(["MONGO_URL"], "store.mongo with a server that fails", () => {
  test("what was acknowledged survives kill -9 of the server, and its event with it", async () => {
    const { server, store, outbox } = await open();
    const acknowledged: string[] = [];
    const failed: VideoStoreUnavailableError[] = [];
    const absent: string[] = [];
    let isStopped = false;
    const writers = Array.from({ length: 20 }, async () => {
      while (!isStopped) {
        const video = createObjectId();
        try {
          await create(store, video);
          acknowledged.push(video);
        } catch (error) {
          if (!(error instanceof VideoStoreUnavailableError)) throw error;
          failed.push(error);
          if (!error.mayHaveHappened) absent.push(video);
        }
      }
    });

    for (const rounds of [1, 2, 3]) {
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(rounds * 50), 30_000);
      await server.kill();
      await server.start();
    }
    isStopped = true;
    await Promise.all(writers);

    const kept = new Set((await store.list(0, 0)).map((video) => video.id));
    const events = new Set((await outbox.claim(100_000)).map(({ key }) => key));
    expect(acknowledged.filter((video) => !kept.has(video))).toEqual([]);
    expect(absent.filter((video) => kept.has(video))).toEqual([]);
    expect(events).toEqual(kept);
  });

  test.each<["kill" | "pause", "start" | "resume"]>([
    ["kill", "start"],
    ["pause", "resume"],
  ])("every method rejects in time after %s, and works again after %s", async (fault, repair) => {
    const { server, store, outbox } = await open();
    await create(store, id);
    await server[fault]();

    const began = performance.now();
    const errors = await Promise.all([
      ...Object.values(methods(store)).map((call) => call().catch((error) => error)),
      ...[outbox.claim(1), outbox.remove([id])].map((call) => call.catch((error) => error)),
    ]);
    const tookMs = performance.now() - began;
    await server[repair]();

    expect(errors.map(String)).toEqual(errors.map(() => expect.stringMatching(/Unavailable/)));
    expect(tookMs).toBeLessThan(boundMs);
    await vi.waitFor(async () => expect((await store.get(id)).id).toBe(id), 20_000);
    await outbox.close();
  });

  test("openVideoDatabase() rejects in time while the server is away, and opens when it is back", async () => {
    const { server, address } = await start();
    await server.kill();

    const began = performance.now();
    await expect(openVideoDatabase(address)).rejects.toThrow(VideoStoreUnavailableError);
    const tookMs = performance.now() - began;
    await server.start();
    const { store } = await openVideoDatabase(address);
    await store.close();

    expect(tookMs).toBeLessThan(boundMs);
  });

  test("close() ends in time while the server hangs", async () => {
    const { server, address } = await start();
    const { store } = await openVideoDatabase(address);
    await expect(store.get(id)).rejects.toThrow(VideoNotFoundError);
    await server.pause();
    onTestFinished(() => server.resume());

    const began = performance.now();
    await store.close();

    expect(performance.now() - began).toBeLessThan(boundMs);
  });
});

async function start(): Promise<{ server: Server; address: VideoStoreAddress }> {
  const server = await startServer("mongo");
  onTestFinished(() => server.remove());
  return { server, address: { MONGO_URL: server.env.MONGO_URL ?? "", MONGO_DATABASE: "videos" } };
}

async function open(): Promise<VideoDatabase & { server: Server }> {
  const { server, address } = await start();
  const database = await openVideoDatabase(address);
  onTestFinished(() => database.store.close());
  return { ...database, server };
}

function methods(store: VideoStore): Record<string, () => Promise<unknown>> {
  return {
    get: () => store.get(id),
    list: () => store.list(0, 0),
    create: () => create(store, createObjectId()),
    markEncoding: () => store.markEncoding(id),
    updateVariant: () => store.updateVariant(id, 360, "url"),
    markFailed: () => store.markFailed(id),
    beginDelete: () => store.beginDelete("65a0000000000000000000ff"),
    finishDelete: () => store.finishDelete("65a0000000000000000000ff"),
    deleting: () => store.deleting(),
  };
}

function create(store: VideoStore, id: string): Promise<void> {
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: `${id}-a` };
  return store.create({ id, ...about }, { topic: "video", key: id, value: Uint8Array.of(1) });
}
