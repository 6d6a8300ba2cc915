// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { ManualClock } from "../manual-clock.testing.ts";
import { FetchPartition } from "./fetch-partition.ts";
import type { FetchPartitions } from "./fetch-session.ts";
import { FetchSessions } from "./fetch-sessions.ts";

function partitionsOf(count: number): FetchPartitions {
  const topic = { name: "t", id: undefined, idBytes: Buffer.alloc(16) };
  const wanted = { fetchOffset: 0n, maxBytes: 1, currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
  const rest = { logStartOffset: -1n, replicaDirectoryId: Buffer.alloc(16), highWatermark: 0n };
  const all = Array.from({ length: count }, (_, index) => {
    return new FetchPartition(topic, { index, ...wanted, ...rest });
  });
  return new Map(all.map((one) => [one.key, one]));
}

/** A thousand sessions of two partitions each: all that there is room for. */
function fill(clock: ManualClock) {
  const sessions = new FetchSessions(clock);
  const opened = Array.from({ length: 1000 }, () => sessions.open(partitionsOf(2), false));
  return { sessions, opened };
}

test("FetchSessions.open() gives no session when all are young and in use", () => {
  const { sessions } = fill(new ManualClock());
  expect([sessions.open(partitionsOf(9), false), sessions.size]).toEqual([undefined, 1000]);
});

test("FetchSessions.open() takes the place of the session that was not used for the longest time", () => {
  const clock = new ManualClock();
  const { sessions, opened } = fill(clock);
  clock.advance(120_001);
  for (const session of opened) if (session && session !== opened[7]) sessions.use(session);
  const fresh = sessions.open(partitionsOf(1), false);
  const gone = opened.filter((session) => session && !sessions.get(session.id));
  expect([fresh !== undefined, gone, sessions.size]).toEqual([true, [opened[7]], 1000]);
});

test("FetchSessions.open() takes the place of a smaller session that has lasted", () => {
  const clock = new ManualClock();
  const { sessions, opened } = fill(clock);
  clock.advance(120_001);
  for (const session of opened) if (session) sessions.use(session);
  const smaller = sessions.open(partitionsOf(1), false);
  const larger = sessions.open(partitionsOf(3), false);
  expect([smaller, larger !== undefined, sessions.size]).toEqual([undefined, true, 1000]);
});

test("FetchSessions.use() begins again at epoch 1 after the largest", () => {
  const sessions = new FetchSessions(new ManualClock());
  const session = sessions.open(partitionsOf(1), true);
  if (!session) throw new Error("There is room");
  session.epoch = 0x7fffffff;
  sessions.use(session);
  expect([session.epoch, sessions.get(session.id)]).toEqual([1, session]);
});
