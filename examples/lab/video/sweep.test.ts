// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createLogger } from "../kit/logger.ts";
import type { StoredObject } from "./objects.ts";
import { objectName } from "./objects.ts";
import { createMemoryVideoStore } from "./store.memory.ts";
import type { SweepOptions } from "./sweep.ts";
import { sweep } from "./sweep.ts";

const now = new Date("2026-01-01T12:00:00Z");
const hour = 3_600_000;
const [kept, stray, underWay] = ["1", "2", "3"].map((last) => last.padStart(24, "6")) as [
  string,
  string,
  string,
];

test("sweep() removes old objects without a row, with their renditions, and nothing else", async () => {
  const { options, removed, log } = await startSweep([
    { name: objectName(kept, "a.mp4"), modifiedAt: minutesAgo(90) },
    { name: `${kept}-720p-a.mp4.mp4`, modifiedAt: minutesAgo(90) },
    { name: objectName(stray, "a.mp4"), modifiedAt: minutesAgo(60) },
    { name: `${stray}-720p-a.mp4.mp4`, modifiedAt: minutesAgo(90) },
    { name: objectName(stray, "young.mp4"), modifiedAt: minutesAgo(59) },
    { name: objectName(underWay, "a.mp4"), modifiedAt: minutesAgo(90) },
    { name: "not-ours.txt", modifiedAt: minutesAgo(90) },
  ]);

  await sweep(options);

  expect(removed).toEqual([
    `${stray}-a.mp4`,
    `${stray}-720p-a.mp4.mp4`,
    "parts before 2026-01-01T11:00:00.000Z",
  ]);
  expect(log.join("")).toContain("Swept what crashes left behind strays=2 parts=1");
});

test("sweep() spares everything when the store cannot say what has a row", async () => {
  const { options, removed } = await startSweep([
    { name: objectName(stray, "a.mp4"), modifiedAt: minutesAgo(90) },
  ]);
  const away = async () => {
    throw new Error("Database is locked");
  };

  await expect(sweep({ ...options, store: { get: away } })).rejects.toThrow("Database is locked");

  expect(removed).toEqual([]);
});

test("sweep() ends when its signal has aborted", async () => {
  const { options, removed } = await startSweep([
    { name: objectName(stray, "a.mp4"), modifiedAt: minutesAgo(90) },
  ]);

  await sweep({ ...options, signal: AbortSignal.abort() });

  expect(removed).toEqual([]);
});

async function startSweep(listed: StoredObject[]) {
  const store = createMemoryVideoStore();
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };
  await store.create(
    { id: kept, ...about },
    { topic: "video", key: kept, value: new Uint8Array() },
  );
  const removed: string[] = [];
  const log: string[] = [];
  const options: SweepOptions = {
    store,
    objects: {
      list: async function* () {
        yield* listed;
      },
      delete: async (name) => void removed.push(name),
      removeParts: async (before) => removed.push(`parts before ${before.toISOString()}`) && 1,
    },
    uploader: { isUnderWay: (id) => id === underWay },
    ageMs: hour,
    logger: createLogger({ write: (line) => log.push(line) }),
    now: () => now,
  };
  return { options, removed, log };
}

function minutesAgo(minutes: number): Date {
  return new Date(now.getTime() - minutes * 60_000);
}
