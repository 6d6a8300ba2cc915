// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createLogger } from "../kit/logger.ts";
import type { StoredObject } from "./objects/objects.ts";
import { objectName } from "./objects/objects.ts";
import { createMemoryVideoStore } from "./store.memory.ts";
import type { VideoStore } from "./store.ts";
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

test.each([
  { strays: 100, owned: 1, swept: 100 },
  { strays: 101, owned: 101, swept: 101 },
  { strays: 101, owned: 100, swept: 0 },
])(
  "sweep() beside $owned others removes $swept of $strays objects without a row",
  async (counts) => {
    const listed = (id: string, count: number) =>
      Array.from({ length: count }, (_, n) => {
        return { name: objectName(id, `${n}.mp4`), modifiedAt: minutesAgo(90) };
      });
    const { options, removed, log } = await startSweep([
      ...listed(stray, counts.strays),
      ...listed(kept, counts.owned),
    ]);

    await sweep(options);

    const parts = "parts before 2026-01-01T11:00:00.000Z";
    expect(removed).toEqual([...listed(stray, counts.swept).map(({ name }) => name), parts]);
    expect(log.join("").includes("Swept no objects: most have no video in this database")).toBe(
      counts.swept === 0,
    );
  },
);

test("sweep() spares an old object whose row comes while it looks", async () => {
  const { options, removed, store } = await startSweep([
    { name: objectName(stray, "a.mp4"), modifiedAt: minutesAgo(90) },
  ]);
  const pauses: number[] = [];
  const pause = async (ms: number) => {
    pauses.push(ms);
    await createVideo(store, stray);
  };

  await sweep({ ...options, pause });

  expect({ pauses, removed }).toEqual({
    pauses: [60_000],
    removed: ["parts before 2026-01-01T11:00:00.000Z"],
  });
});

test("sweep() does not pause when nothing can be young, or nothing is stray", async () => {
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  const old = (id: string) => [{ name: objectName(id, "a.mp4"), modifiedAt: minutesAgo(90) }];
  const [withStray, without] = await Promise.all([startSweep(old(stray)), startSweep(old(kept))]);

  await sweep({ ...withStray.options, ageMs: 0, pause });
  await sweep({ ...without.options, pause });

  expect(pauses).toEqual([0]);
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
  await createVideo(store, kept);
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
    pause: async () => {},
  };
  return { options, removed, log, store };
}

async function createVideo(store: VideoStore, id: string): Promise<void> {
  const about = { width: 0, height: 0, size: 1, duration: 0, url: "", objectName: "" };
  await store.create({ id, ...about }, { topic: "video", key: id, value: new Uint8Array() });
}

function minutesAgo(minutes: number): Date {
  return new Date(now.getTime() - minutes * 60_000);
}
