// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { lead } from "../cluster/placement.ts";
import { MemoryLogFolder } from "../log/memory-log-folder.ts";
import { createBatch } from "../log/record-batch.testing.ts";
import { consoleLogger as logger } from "../logger.ts";
import { createFillingStorage } from "../storage/filling-storage.testing.ts";
import { createMemoryStorage, type Storage } from "../storage/storage.ts";
import type { Partition } from "./topic.ts";
import { TopicCatalog } from "./topic-catalog.ts";

/** Storage in which only so many logs can be open at once, as with a process's files. */
function createScarceStorage() {
  const counts = { open: 0, max: 0 };
  const storage: Storage = {
    ...createMemoryStorage("cluster"),
    openLog() {
      if (counts.open === counts.max) throw new Error("EMFILE: too many open files");
      counts.open++;
      const folder = new MemoryLogFolder();
      folder.close = () => {
        counts.open--;
      };
      return folder;
    },
  };
  return { storage, counts };
}

test("TopicCatalog leaves nothing open or half grown when a log cannot be opened", () => {
  const { storage, counts } = createScarceStorage();
  const options = { storage, logger, clock: systemClock, nodeIds: [0], isRunning: () => true };
  counts.max = 3;
  const catalog = new TopicCatalog(options);
  const topic = catalog.create({ name: "a", partitions: 1 });
  expect(() => catalog.grow(topic.name, 4)).toThrow("EMFILE");
  expect(() => catalog.create({ name: "b", partitions: 3 })).toThrow("EMFILE");
  const listed = [...catalog.topics].map(({ name, partitions }) => [name, partitions.length]);
  expect({ listed, opened: counts.open }).toEqual({ listed: [["a", 1]], opened: 1 });

  catalog.grow(topic.name, 2);
  catalog.create({ name: "b", partitions: 1 });
  catalog.close();
  counts.max = 2;
  expect(() => new TopicCatalog(options)).toThrow("EMFILE");
  expect(counts.open).toBe(0);
});

test("TopicCatalog finds topics again with their ids, configs and leaders", () => {
  const storage = createMemoryStorage("cluster");
  const options = { storage, logger, clock: systemClock, nodeIds: [0, 1], isRunning: () => true };
  const catalog = new TopicCatalog(options);
  catalog.create({ name: "gone", partitions: 1 });
  catalog.create({ name: "t", partitions: 1, replicationFactor: 2 });
  const first = catalog.get("gone")?.id;
  catalog.delete("gone");
  catalog.create({ name: "gone", partitions: 1 });
  const second = catalog.get("gone")?.id;
  catalog.configure("t", { "retention.ms": "5" });
  catalog.grow("t", 2);
  const moved = catalog.partition("t", 0);
  const next = moved?.replicas.find((id) => id !== moved.leader) ?? -1;
  catalog.elect((partition) => partition === moved && lead(partition, next));
  const describe = ({ topics }: TopicCatalog) =>
    [...topics].map(({ id, name, configs, logConfig, partitions }) => [
      [id, name, configs, logConfig.retentionMs],
      partitions.map(({ replicas, leader, leaderEpoch }) => [replicas, leader, leaderEpoch]),
    ]);
  const before = describe(catalog);
  catalog.close();
  const again = new TopicCatalog(options);
  expect([describe(again), again.get("t")?.logConfig.retentionMs, first === second]).toEqual([
    before,
    5,
    false,
  ]);
  expect(again.byId(second ?? "")?.name).toBe("gone");
  expect(again.byId(first ?? "")).toBeUndefined();
});

test("TopicCatalog.create() refuses a name that metrics cannot tell from another", () => {
  const storage = createMemoryStorage("cluster");
  const options = { storage, logger, clock: systemClock, nodeIds: [0], isRunning: () => true };
  const catalog = new TopicCatalog(options);
  catalog.create({ name: "a.b", partitions: 1 });
  expect(() => catalog.create({ name: "a_b", partitions: 1 })).toThrow(
    "Cannot create the topic 'a_b': it collides with 'a.b'",
  );
  catalog.delete("a.b");
  expect(catalog.create({ name: "a_b", partitions: 1 }).name).toBe("a_b");
});

test("TopicCatalog deletes topics and moves leaders when the storage fails, and says so", () => {
  const told: string[] = [];
  const tell = (message: string) => told.push(message);
  const storage = createFillingStorage();
  storage.removeLogs = () => {
    throw new Error("EBUSY: resource busy");
  };
  const catalog = new TopicCatalog({
    storage,
    logger: { debug: tell, info: tell, warn: tell, error: tell },
    clock: systemClock,
    nodeIds: [0, 1],
    isRunning: () => true,
  });
  catalog.create({ name: "gone", partitions: 1 });
  catalog.create({ name: "t", partitions: 1, replicationFactor: 2 });
  const isDeleted = catalog.delete("gone");
  storage.isFull = true;
  const partition = catalog.partition("t", 0);
  const next = 1 - (partition?.leader ?? 0);
  catalog.elect((each) => lead(each, next));
  expect(() => catalog.configure("t", { "retention.ms": "5" })).toThrow("ENOSPC");
  const { leader, leaderEpoch } = partition ?? {};
  expect([isDeleted, leader === next, leaderEpoch, catalog.get("t")?.configs, told]).toEqual([
    true,
    true,
    1,
    {},
    ["Cannot remove the files of 'gone' before the next start", "Cannot keep who leads 't'"],
  ]);
});

test("TopicCatalog leads in no older epoch than records have, when the storage failed meanwhile", () => {
  const folder = new MemoryLogFolder({ isVolatile: false });
  const storage: Storage = { ...createMemoryStorage("cluster"), openLog: () => folder };
  const options = { storage, clock: systemClock, nodeIds: [0, 1], isRunning: () => true };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const before = new TopicCatalog({ ...options, logger });
  before.create({ name: "t", partitions: 1, replicationFactor: 2 });
  const save = vi.spyOn(storage.journal("topics"), "save").mockImplementation(() => {
    throw new Error("ENOSPC: no space left on device");
  });
  before.elect((each) => lead(each, 1));
  save.mockRestore();
  const { log, leaderEpoch } = before.partition("t", 0) as Partition;
  log.append(createBatch({ values: ["a"] }), leaderEpoch);
  const after = new TopicCatalog({ ...options, logger });
  expect([leaderEpoch, after.partition("t", 0)?.leaderEpoch]).toEqual([1, 1]);
});
