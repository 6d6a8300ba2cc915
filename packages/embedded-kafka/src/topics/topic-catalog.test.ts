// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { MemoryLogFolder } from "../log/memory-log-folder.ts";
import { consoleLogger as logger } from "../logger.ts";
import { createMemoryStorage, type Storage } from "../storage/storage.ts";
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
