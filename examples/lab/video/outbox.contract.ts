// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { createKafkaApp } from "@labwire/kafkakit";
import { createOutboxRelay } from "@labwire/kafkakit/outbox";
import { createMemoryDriver } from "@labwire/kafkakit/testing";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createLogger } from "../kit/logger.ts";
import type { VideoDatabase } from "./store.open.ts";
import { VideoNotFoundError } from "./store.ts";

/** The default of every adapter. */
const leaseMs = 3000;
/** Milliseconds that a test waits for a server on a busy machine. */
const patience = 10_000;
const ids = ["1", "2", "3"].map((last) => last.padStart(24, "6"));

export interface OutboxUnderTest {
  /** Opens the same database once more, as another process does. */
  open(): Promise<VideoDatabase>;
  /** Lets time pass on the clock of the leases; relays that live renew theirs meanwhile. */
  passTime(ms: number): Promise<void>;
}

/**
 * What every adapter of `VideoOutbox` must do, with the store that fills it. `setUp` gives an empty
 * database; it has `setInterval` faked, by which leases are renewed.
 */
export function outboxContract(adapter: string, setUp: () => Promise<OutboxUnderTest>): void {
  let outboxes: OutboxUnderTest;

  async function open(): Promise<VideoDatabase> {
    const database = await outboxes.open();
    onTestFinished(async () => {
      await database.outbox.close();
      await database.store.close();
    });
    return database;
  }

  describe(`${adapter} video outbox`, () => {
    beforeEach(async () => {
      outboxes = await setUp();
      return () => void vi.useRealTimers();
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
        {
          id: expect.any(String),
          topic: "video",
          key: ids[2],
          value: Uint8Array.of(2, 0, 255),
          headers: { n: "2" },
        },
      ]);
    });

    test("claim() answers nothing while another relay lives, however long it takes", async () => {
      const [first, second] = [await open(), await open()];
      await createAll(first.store);
      await first.outbox.claim(1);

      await outboxes.passTime(10 * leaseMs);

      expect(await second.outbox.claim(100)).toEqual([]);
      expect(await first.outbox.claim(100)).toHaveLength(3);
    });

    test("claim() takes the place of a relay that was killed when its lease has ended", async () => {
      const [first, second] = [await open(), await open()];
      await createAll(first.store);
      await first.outbox.claim(1);
      // A killed process renews nothing.
      vi.clearAllTimers();

      await outboxes.passTime(leaseMs / 3);
      const early = await second.outbox.claim(100);
      await outboxes.passTime(leaseMs);
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

    test("backlog() tells how much waits and since when, also to those without the lease", async () => {
      const [first, second] = [await open(), await open()];
      const before = await second.outbox.backlog();
      await createAll(first.store);
      await first.outbox.claim(1);
      const [oldest] = await first.store.list(1, 0);
      const full = await second.outbox.backlog();
      await first.outbox.remove((await first.outbox.claim(100)).map(({ id }) => id));

      expect(before).toEqual({ pending: 0, oldestAt: undefined });
      expect(full).toEqual({ pending: 3, oldestAt: oldest?.createdAt });
      expect(await second.outbox.backlog()).toEqual(before);
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
      await vi.waitFor(() => expect(driver.records("video")).toHaveLength(3), patience);
      await store.create(...newVideo(3));
      relay.wake();
      await vi.waitFor(() => expect(driver.records("video")).toHaveLength(4), patience);
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
      const { producer } = kafka;
      const failed = Promise.withResolvers<string>();
      const logger = createLogger({ write: failed.resolve });
      const relay = createOutboxRelay({ store: outbox, producer, clock: driver.clock, logger });
      await createAll(store);

      relay.start();
      const line = await failed.promise;
      const whileAway = driver.records("video").length;
      await vi.waitFor(async () => {
        await driver.clock.advance(5000);
        expect(driver.records("video")).toHaveLength(3);
      }, patience);
      await relay.stop();

      expect([whileAway, line]).toEqual([0, expect.stringContaining("Cannot relay the outbox")]);
    });

    test("a deleted video's event is sent all the same, once, and brings nothing back", async () => {
      const { store, outbox } = await open();
      await createAll(store);
      const [id = "", next = ""] = ids;

      await store.beginDelete(id);
      await store.finishDelete(id);
      const claimed = await outbox.claim(2);
      await store.beginDelete(next);
      await store.finishDelete(next);
      await outbox.remove(claimed.map((record) => record.id));

      expect(claimed.map(({ key }) => key)).toEqual([id, next]);
      expect((await outbox.claim(100)).map(({ key }) => key)).toEqual(ids.slice(2));
      expect((await store.list(0, 0)).map((video) => video.id)).toEqual(ids.slice(2));
      expect(await store.deleting()).toEqual([]);
      await expect(store.get(id)).rejects.toThrow(VideoNotFoundError);
      await expect(store.beginDelete(id)).rejects.toThrow(VideoNotFoundError);
    });
  });
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
