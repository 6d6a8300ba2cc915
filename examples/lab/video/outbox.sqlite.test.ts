// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKafkaApp } from "@labwire/kafkakit";
import { createOutboxRelay } from "@labwire/kafkakit/outbox";
import { createMemoryDriver } from "@labwire/kafkakit/testing";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { VideoDatabase } from "./store.open.ts";
import { openVideoDatabase } from "./store.open.ts";

const leaseMs = 3000;
const ids = ["1", "2", "3"].map((last) => last.padStart(24, "6"));
let url: string;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const folder = mkdtempSync(join(tmpdir(), "video-outbox-"));
  url = `sqlite:${join(folder, "videos.db")}`;
  return () => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  };
});

test("claim() answers the oldest events first, the same again until they are removed", async () => {
  const { store, outbox } = await open();
  await createAll(store);

  const claimed = [await outbox.claim(2), await outbox.claim(100)];
  await outbox.remove(claimed[0]?.map(({ id }) => id) ?? []);
  claimed.push(await outbox.claim(100));

  expect(claimed.map((records) => records.map(({ key }) => key))).toEqual([
    ids.slice(0, 2),
    ids,
    ids.slice(2),
  ]);
  expect(claimed[2]).toEqual([
    { id: "3", topic: "video", key: ids[2], value: Uint8Array.of(2, 0, 255), headers: { n: "2" } },
  ]);
});

test("claim() answers nothing while another relay lives, however long it takes", async () => {
  const [first, second] = [await open(), await open()];
  await createAll(first.store);
  await first.outbox.claim(1);

  vi.advanceTimersByTime(10 * leaseMs);

  expect(await second.outbox.claim(100)).toEqual([]);
  expect(await first.outbox.claim(100)).toHaveLength(3);
});

test("claim() takes the place of a relay that was killed when its lease has ended", async () => {
  const [first, second] = [await open(), await open()];
  await createAll(first.store);
  await first.outbox.claim(1);
  // A killed process renews nothing.
  vi.clearAllTimers();

  vi.setSystemTime(Date.now() + leaseMs - 1);
  const early = await second.outbox.claim(100);
  vi.setSystemTime(Date.now() + 1);
  const late = await second.outbox.claim(100);

  expect([early.length, late.length]).toEqual([0, 3]);
  expect(await first.outbox.claim(100)).toEqual([]);
});

test("claim() gives the lease back when there is nothing left to send", async () => {
  const [first, second] = [await open(), await open()];
  await createAll(first.store);
  await first.outbox.remove((await first.outbox.claim(100)).map(({ id }) => id));

  await first.outbox.claim(100);
  await first.store.create(...newVideo(3));

  expect(await second.outbox.claim(100)).toHaveLength(1);
});

test("close() gives the lease back", async () => {
  const [first, second] = [await open(), await open()];
  await createAll(first.store);
  await first.outbox.claim(100);

  await first.outbox.close();

  expect(await second.outbox.claim(100)).toHaveLength(3);
});

test("atomic: every committed video's event is relayed, in order, and then gone", async () => {
  const { store, outbox } = await open();
  await createAll(store);
  await expect(store.create(...newVideo(0))).rejects.toThrow();
  const driver = createMemoryDriver();
  const kafka = createKafkaApp({ driver });
  const run = await kafka.start();
  onTestFinished(() => run.stop());
  const relay = createOutboxRelay({
    store: outbox,
    producer: kafka.producer,
    clock: driver.clock,
  });

  relay.start();
  await driver.clock.advance(0);
  await store.create(...newVideo(3));
  relay.wake();
  await driver.clock.advance(0);
  await relay.stop();

  const sent = driver.records("video");
  expect(sent.map(({ key }) => new TextDecoder().decode(key ?? undefined))).toEqual([
    ...ids,
    newVideo(3)[0].id,
  ]);
  expect(sent[0]).toMatchObject({
    value: Uint8Array.of(0, 0, 255),
    headers: [["n", new TextEncoder().encode("0")]],
  });
  expect(await outbox.claim(100)).toEqual([]);
});

test("atomic: events wait in the outbox while Kafka is away", async () => {
  const { store, outbox } = await open();
  const driver = createMemoryDriver();
  driver.fail("send");
  const kafka = createKafkaApp({ driver });
  const run = await kafka.start();
  onTestFinished(() => run.stop());
  const relay = createOutboxRelay({ store: outbox, producer: kafka.producer, clock: driver.clock });
  await createAll(store);

  relay.start();
  await driver.clock.advance(0);
  const whileAway = driver.records("video").length;
  await driver.clock.advance(60_000);
  await relay.stop();

  expect([whileAway, driver.records("video").length]).toEqual([0, 3]);
});

async function open(): Promise<VideoDatabase> {
  const database = await openVideoDatabase({ MONGO_URL: url, MONGO_DATABASE: "" });
  onTestFinished(async () => {
    await database.outbox.close();
    await database.store.close();
  });
  return database;
}

async function createAll(store: VideoDatabase["store"]): Promise<void> {
  for (const index of ids.keys()) await store.create(...newVideo(index));
}

function newVideo(index: number): Parameters<VideoDatabase["store"]["create"]> {
  const id = `${index + 1}`.padStart(24, "6");
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };
  const value = Uint8Array.of(index, 0, 255);
  return [
    { id, ...about },
    { topic: "video", key: id, value, headers: { n: `${index}` } },
  ];
}
