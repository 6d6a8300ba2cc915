// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "@labwire/embedded-kafka";
import { createKafkaApp } from "@labwire/kafkakit";
import { kafkajs } from "@labwire/kafkakit/kafkajs";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../kit/free-port.ts";
import { openVideoDatabase } from "../video/store.open.ts";
import { scaleEvents } from "./events.ts";
import { startVideoStream } from "./main.testing.ts";

const id = "65a000000000000000000001";

test("dependencies: video-stream waits for Kafka, says so, and is ready when it is there", async () => {
  const port = await freePort();
  const stream = await startVideoStream(`127.0.0.1:${port}`);

  const waiting = await stream.line(/Cannot consume yet/);
  const before = await stream.probe();
  const broker = await startBroker({ port, topics: [{ name: "video", partitions: 4 }] });
  onTestFinished(() => broker.close());
  await stream.line(/ Ready /);
  const after = await stream.probe();
  await broker.close();
  const away = await vi.waitFor(async () => {
    const probe = await stream.probe();
    expect(probe.readyz).toBe(503);
    return probe;
  }, 10_000);

  expect(waiting).toContain(`127.0.0.1:${port}`);
  expect({ before, after, away }).toEqual({
    before: { healthz: 200, readyz: 503, status: expect.stringContaining("kafka") },
    after: { healthz: 200, readyz: 200, status: "ok" },
    away: { healthz: 200, readyz: 503, status: expect.stringContaining("kafka") },
  });
  expect(await stream.stop()).toEqual([0, null]);
});

test("dependencies: video-stream says in /readyz which store it waits for", async () => {
  const [mongo, kafka] = [await freePort(), await freePort()];
  const stream = await startVideoStream(`127.0.0.1:${kafka}`, {
    MONGO_URL: `mongodb://127.0.0.1:${mongo}/?serverSelectionTimeoutMS=100`,
  });
  await stream.line(/Waiting for the video store/);

  const { readyz, status } = await stream.probe();

  expect(readyz).toBe(503);
  expect(status).toBe("video store: starting; object store: starting; kafka: starting");
});

test("video-stream ends with one line when ffmpeg is chosen and is not there", async () => {
  const stream = await startVideoStream(`127.0.0.1:${await freePort()}`, {
    TRANSCODER: "ffmpeg",
    PATH: "/nowhere",
  });

  await stream.line(/Stopping: Cannot run 'ffmpeg', the transcoder: spawn ffmpeg ENOENT$/);

  expect(await stream.stop()).toEqual([1, null]);
});

test("an event takes no longer than STREAM_TIMEOUT", async () => {
  const broker = await startBroker({ topics: [{ name: "video", partitions: 1 }] });
  onTestFinished(() => broker.close());
  const driver = kafkajs({ brokers: broker.brokers, clientId: "test" });
  const kafka = createKafkaApp({ driver });
  const run = await kafka.start();
  onTestFinished(() => run.stop());
  const MONGO_URL = await databaseWithVideo();
  const stream = await startVideoStream(broker.brokers.join(","), {
    ...{ MONGO_URL, STREAM_TIMEOUT: "100ms", TRANSCODER_MOCK_DELAY: "1h" },
  });

  await kafka.producer.send(scaleEvents("video"), [{ id, url: "", scale: 360 }]);

  await stream.line(/Message failed, trying again .*did not end within 100 ms/);
});

test("dependencies: video-stream that still waits for Kafka stops on SIGTERM with exit 0", async () => {
  const stream = await startVideoStream(`127.0.0.1:${await freePort()}`);
  await stream.line(/Cannot consume yet/);

  expect(await stream.stop()).toEqual([0, null]);
});

/** The URL of a database that holds the video. */
async function databaseWithVideo(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "video-stream-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const MONGO_URL = `sqlite:${join(folder, "videos.db")}`;
  const { store } = await openVideoDatabase({ MONGO_URL, MONGO_DATABASE: "" });
  const file = { width: 0, height: 0, duration: 0, size: 1, url: "", objectName: `${id}-a.mp4` };
  await store.create({ id, ...file }, { topic: "video", key: id, value: new Uint8Array() });
  await store.close();
  return MONGO_URL;
}
