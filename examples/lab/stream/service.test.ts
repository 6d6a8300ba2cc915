// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { fromBinary } from "@bufbuild/protobuf";
import { createKafkaApp, exponential } from "@labwire/kafkakit";
import { createMemoryDriver } from "@labwire/kafkakit/testing";
import { expect, onTestFinished, test } from "vitest";
import { HandleVideoCreatedRequestSchema, VideoStream } from "../gen/video/pb/stream_pb.ts";
import { createLogger } from "../kit/logger.ts";
import { createMemoryVideoStore } from "../video/store.memory.ts";
import { targetScales } from "../video/store.ts";
import { scaleEvents } from "./events.ts";
import { createStreamService } from "./service.ts";
import type { Transcoder } from "./transcoder.ts";

const id = "0123456789abcdef01234567";
const url = "http://objects/videos/sample.mp4";

test("handleVideoCreated() makes four events and four variants of an uploaded video", async () => {
  const { store, send, sent, settle } = await startStream();

  await send({ id, url, scale: 0 });
  await settle();

  expect(sent("video")).toEqual([0, ...targetScales].sort());
  expect(await store.get(id)).toMatchObject({
    status: "success",
    variants: { 360: `${url}#360`, 480: `${url}#480`, 720: `${url}#720`, 1080: `${url}#1080` },
  });
});

test("one empty key: the fan-out is keyed by id and scale, so that the four spread", async () => {
  const { driver, send, settle } = await startStream();

  await send({ id, url, scale: 0 });
  await settle();

  const keys = driver.records("video").map(({ key }) => Buffer.from(key ?? []).toString());
  expect(keys.sort()).toEqual([`${id}:0`, ...targetScales.map((scale) => `${id}:${scale}`)].sort());
});

test("lost events: a fan-out whose producer fails is tried again", async () => {
  const { driver, store, send, sent, settle } = await startStream();
  const { markEncoding } = store;
  let tries = 0;
  store.markEncoding = async (video) => {
    await markEncoding(video);
    if (++tries === 1) driver.fail("send");
  };

  await send({ id, url, scale: 0 });
  await settle();

  expect({ tries, scales: sent("video") }).toEqual({
    tries: 2,
    scales: [0, ...targetScales].sort(),
  });
  expect((await store.get(id)).status).toBe("success");
});

test("status: a video is encoding until its last variant is there", async () => {
  const { store, send, settle } = await startStream();
  await send({ id, url, scale: 720 });
  await settle();

  expect(await store.get(id)).toMatchObject({
    status: "encoding",
    variants: { 720: `${url}#720` },
  });
});

test("handleVideoCreated() does not lose the event of a video that is not there", async () => {
  const { send, sent, settle } = await startStream();

  await send({ id: "ffffffffffffffffffffffff", url, scale: 720 });
  await settle();

  expect(sent("video.dlq")).toEqual([720]);
});

test("lost events: one that nobody can read goes to the dead-letter topic, and the next is handled", async () => {
  const { driver, store, send, sendRaw, settle } = await startStream();
  const unreadable = new TextEncoder().encode("no Protobuf");

  await sendRaw(unreadable);
  await send({ id, url, scale: 360 });
  await settle();

  expect(driver.records("video.dlq").map(({ value }) => value)).toEqual([unreadable]);
  expect((await store.get(id)).variants).toEqual({ 360: `${url}#360` });
});

test("handleVideoCreated() does not lose the event of an invalid id", async () => {
  const { send, sent, settle } = await startStream();

  await send({ id: "nonsense", url, scale: 0 });
  await settle();

  expect(sent("video.dlq")).toEqual([0]);
});

test("replays: a fan-out that is done again ends in the same state", async () => {
  const { store, send, settle, transcoded } = await startStream();
  await send({ id, url, scale: 0 });
  await settle();
  const before = await store.get(id);

  await send({ id, url, scale: 0 });
  await settle();

  expect(await store.get(id)).toEqual(before);
  expect(transcoded.length).toBe(targetScales.length);
});

test("stale caches: a replay of a variant that is there writes it again, so that caches hear it", async () => {
  const { store, send, settle, transcoded } = await startStream();
  const { updateVariant } = store;
  const written: string[] = [];
  store.updateVariant = async (...args) => {
    written.push(args.join(" "));
    return updateVariant(...args);
  };

  for (let time = 1; time <= 2; time++) {
    await send({ id, url, scale: 360 });
    await settle();
  }

  expect(transcoded).toEqual([`${id}:360`]);
  expect(written).toEqual(Array(2).fill(`${id} 360 ${url}#360`));
});

test("lost events: a handler that fails is tried again", async () => {
  let failures = 2;
  const { store, send, settle } = await startStream({
    transcode: async (video, scale) => {
      if (failures-- > 0) throw new Error("no codec today");
      return `${video.url}#${scale}`;
    },
  });

  await send({ id, url, scale: 360 });
  await settle();

  expect((await store.get(id)).variants).toEqual({ 360: `${url}#360` });
});

test("orphans: a rendition of a video that was deleted while it was made goes", async () => {
  const discarded: string[] = [];
  const { store, send, sent, settle } = await startStream({
    transcode: async (video, scale) => {
      await store.beginDelete(video.id);
      return `${video.url}#${scale}`;
    },
    discard: async (video, scale) => void discarded.push(`${video.id}:${scale}`),
  });

  await send({ id, url, scale: 720 });
  await settle();

  expect({ discarded, dead: sent("video.dlq") }).toEqual({ discarded: [`${id}:720`], dead: [720] });
});

test("lost events: one that keeps failing goes to the dead-letter topic, and its video is failed", async () => {
  const { store, send, sent, settle } = await startStream({
    transcode: async (video, scale) => {
      if (scale === 720) throw new Error("no codec at all");
      return `${video.url}#${scale}`;
    },
  });

  await send({ id, url, scale: 0 });
  await settle();

  expect(sent("video.dlq")).toEqual([720]);
  expect(await store.get(id)).toMatchObject({
    status: "failed",
    variants: { 360: `${url}#360`, 480: `${url}#480`, 1080: `${url}#1080` },
  });
});

async function startStream(transcoder: Partial<Transcoder> = {}) {
  const driver = createMemoryDriver({ topics: [{ topic: "video", partitions: 4 }] });
  const store = createMemoryVideoStore();
  const transcoded: string[] = [];
  const events = scaleEvents("video");
  const marking: Transcoder = {
    transcode: async (video, scale) => {
      transcoded.push(`${video.id}:${scale}`);
      return `${video.url}#${scale}`;
    },
    discard: async () => {},
    ...transcoder,
  };
  await store.create(
    { id, url, objectName: `${id}-sample.mp4`, width: 640, height: 360, size: 1, duration: 4 },
    { topic: "video", key: id, value: new Uint8Array() },
  );

  const app = createKafkaApp({ driver, clock: driver.clock });
  const service = createStreamService({ store, transcoder: marking, events });
  app.service(VideoStream, service, {
    group: "video-stream",
    topics: { handleVideoCreated: "video" },
    retry: exponential({ attempts: 3 }),
    onDeadLetter: async (message) => {
      if (message !== undefined) await store.markFailed(message.id);
    },
  });
  const run = await app.start();
  onTestFinished(() => run.stop());

  return {
    driver,
    store,
    transcoded,
    send: (message: { id: string; url: string; scale: number }) =>
      app.producer.send(events, [message]),
    sendRaw: async (value: Uint8Array) => {
      const producer = driver.producer({ logger: createLogger({ level: "error" }) });
      await producer.connect();
      await producer.send([{ topic: "video", key: null, value, headers: [] }]);
    },
    /** The scales of the events in a topic. */
    sent: (name: string) =>
      driver
        .records(name)
        .map(({ value }) => fromBinary(HandleVideoCreatedRequestSchema, value ?? new Uint8Array()))
        .map(({ scale }) => scale)
        .sort(),
    settle: () => driver.clock.advance(60_000),
  };
}
