// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { MemoryLogFile } from "../log/log-file.ts";
import { consoleLogger } from "../logger.ts";
import { createMemoryStorage, type Storage } from "../storage/storage.ts";
import { TopicCatalog } from "./topic-catalog.ts";

/** Storage in which only so many logs can be open at once, as with a process's files. */
function createScarceStorage(maxOpen: number) {
  let open = 0;
  const storage: Storage = {
    ...createMemoryStorage("cluster"),
    openLog() {
      if (open === maxOpen) throw new Error("EMFILE: too many open files");
      open++;
      const file = new MemoryLogFile();
      file.close = () => {
        open--;
      };
      return file;
    },
  };
  return { storage, opened: () => open };
}

test("TopicCatalog leaves nothing open or half grown when a log cannot be opened", () => {
  const { storage, opened } = createScarceStorage(3);
  const catalog = new TopicCatalog(storage, consoleLogger);
  const topic = catalog.create("a", 1);
  expect(() => catalog.grow(topic, 4)).toThrow("EMFILE");
  expect(() => catalog.create("b", 3)).toThrow("EMFILE");
  const listed = [...catalog.topics].map(({ name, partitions }) => [name, partitions.length]);
  expect({ listed, opened: opened() }).toEqual({ listed: [["a", 1]], opened: 1 });

  const stored = [...catalog.topics].map(({ id, name, configs }) => ({ id, name, configs }));
  catalog.close();
  const topics = stored.flatMap((one) => [
    { ...one, partitions: 2 },
    { ...one, name: "b", partitions: 2 },
  ]);
  expect(() => new TopicCatalog({ ...storage, topics }, consoleLogger)).toThrow("EMFILE");
  expect(opened()).toBe(0);
});
