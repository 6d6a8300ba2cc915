// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createLocalCache } from "./cache.local.ts";
import type { Cached } from "./cache.ts";

test("read() asks the store on a miss and answers a hit from memory", async () => {
  const cache = createLocalCache();
  const store = countingStore();

  const answers = [await cache.read(at("a"), store.load), await cache.read(at("a"), store.load)];

  expect(answers).toEqual([{ read: 1 }, { read: 1 }]);
});

test("read() makes one store read when 100 readers miss at once", async () => {
  const cache = createLocalCache();
  const store = countingStore();

  const answers = await Promise.all(
    Array.from({ length: 100 }, () => cache.read<{ read: number }>(at("a"), store.load)),
  );

  expect(new Set(answers.map((answer) => answer.read))).toEqual(new Set([1]));
});

test("read() does not keep an error", async () => {
  const cache = createLocalCache();

  await expect(cache.read(at("a"), () => Promise.reject(new Error("away")))).rejects.toThrow(
    "away",
  );

  expect(await cache.read(at("a"), countingStore().load)).toEqual({ read: 1 });
});

test("read() asks again when the entry is older than its time to live", async () => {
  let clock = 1;
  const cache = createLocalCache({ ttlMs: 1000, now: () => clock });
  const store = countingStore();
  await cache.read(at("a"), store.load);

  clock = 1000;
  const fresh = await cache.read(at("a"), store.load);
  clock = 1002;
  const stale = await cache.read(at("a"), store.load);

  expect([fresh, stale]).toEqual([{ read: 1 }, { read: 2 }]);
});

test("invalidate() forgets the keys of the group and no others", async () => {
  const cache = createLocalCache();
  const store = countingStore();
  const keys = [at("list:1:0", "list:1:"), at("list:1:1", "list:1:"), at("list:2:0", "list:2:")];
  for (const key of keys) await cache.read(key, store.load);

  await cache.invalidate("list:1:");

  const answers = [];
  for (const key of keys) answers.push(await cache.read(key, store.load));
  expect(answers).toEqual([{ read: 4 }, { read: 5 }, { read: 3 }]);
});

test("invalidate() forgets everything when no group is named", async () => {
  const cache = createLocalCache();
  const store = countingStore();
  await cache.read(at("a"), store.load);
  const old = Promise.withResolvers<object>();
  const early = cache.read(at("b"), () => old.promise);

  await cache.invalidate("");
  old.resolve({ read: 0 });
  await early;

  expect(await cache.read(at("a"), store.load)).toEqual({ read: 2 });
  expect(await cache.read(at("b"), store.load)).toEqual({ read: 3 });
});

test("invalidate() forgets a group some of whose keys had to make room", async () => {
  const cache = createLocalCache({ maxEntries: 2 });
  const store = countingStore();
  const keys = [at("1", "group"), at("2", "group"), at("3", "group")];
  for (let round = 1; round <= 2; round++) {
    for (const key of keys) await cache.read(key, store.load);
    await cache.invalidate("group");
  }

  expect(await cache.read(at("3", "group"), store.load)).toEqual({ read: 7 });
});

test("invalidate() keeps a load that began before it out of later reads", async () => {
  const cache = createLocalCache();
  const old = Promise.withResolvers<object>();
  const early = cache.read(at("a"), () => old.promise);

  cache.invalidate("a");
  const late = await cache.read(at("a"), () => Promise.resolve({ value: "new" }));
  old.resolve({ value: "old" });

  expect([await early, late]).toEqual([{ value: "old" }, { value: "new" }]);
  expect(await cache.read(at("a"), () => Promise.reject(new Error("asked again")))).toEqual({
    value: "new",
  });
});

test("read() forgets everything when another process has written", async () => {
  let version = 1;
  const cache = createLocalCache({ version: () => version });
  const store = countingStore();
  await cache.read(at("a"), store.load);

  version = 2;

  expect(await cache.read(at("a"), store.load)).toEqual({ read: 2 });
});

test("read() does not keep what was loaded while another process wrote", async () => {
  let version = 1;
  const cache = createLocalCache({ version: () => version });
  const store = countingStore();
  await cache.read(at("a"), async () => {
    version = 2;
    return store.load();
  });

  expect(await cache.read(at("a"), store.load)).toEqual({ read: 2 });
});

test("read() passes entries by while others' writes cannot be heard, and comes back to them", async () => {
  let heard = true;
  const cache = createLocalCache({ hears: () => heard });
  const store = countingStore();
  const answers = [await cache.read(at("a"), store.load)];

  heard = false;
  answers.push(await cache.read(at("a"), store.load));
  heard = true;
  answers.push(await cache.read(at("a"), store.load));

  expect(answers).toEqual([{ read: 1 }, { read: 2 }, { read: 1 }]);
});

test("read() joins no load that began 50 ms before, while others' writes cannot be heard", async () => {
  let clock = 1000;
  const cache = createLocalCache({ hears: () => false, now: () => clock });
  const old = Promise.withResolvers<object>();
  const reads = [cache.read(at("a"), () => old.promise)];

  clock += 50;
  reads.push(cache.read(at("a"), () => Promise.reject(new Error("asked again"))));
  clock += 1;
  reads.push(cache.read(at("a"), () => Promise.resolve({ value: "new" })));
  old.resolve({ value: "old" });

  expect(await Promise.all(reads)).toEqual([{ value: "old" }, { value: "old" }, { value: "new" }]);
});

test("onRead() is told of hits and of reads that joined, and of no other", async () => {
  const told: string[] = [];
  const cache = createLocalCache({ onRead: (tier) => told.push(tier) });
  const store = countingStore();

  await Promise.all([cache.read(at("a"), store.load), cache.read(at("a"), store.load)]);
  await cache.read(at("a"), store.load);

  expect(told).toEqual(["joined", "local"]);
});

function at<T extends object>(key: string, group = key): Cached<T> {
  return { key, group, revive: (json) => json as T };
}

function countingStore() {
  let reads = 0;
  return { load: async () => ({ read: ++reads }) };
}
