// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { createOutboxRelay, type OutboxRecord, type OutboxStore } from "./outbox.ts";
import { createTestClock } from "./testing/test-clock.ts";

function openOutbox(batchSize = 2) {
  const clock = createTestClock();
  const rows: OutboxRecord[] = [];
  const sent: string[] = [];
  const log: string[] = [];
  const counts = { claims: 0, most: 0, now: 0 };
  let failures = 0;
  let removeFailures = 0;
  let gate: Promise<void> | undefined;
  const store: OutboxStore = {
    async claim(limit) {
      counts.claims++;
      return rows.slice(0, limit);
    },
    async remove(ids) {
      if (removeFailures-- > 0) throw new Error("database is away");
      rows.splice(0, rows.length, ...rows.filter(({ id }) => !ids.includes(id)));
    },
  };
  const relay = createOutboxRelay({
    store,
    batchSize,
    clock,
    random: () => 0.5,
    logger: { debug() {}, info() {}, warn: (message) => log.push(message), error() {} },
    producer: {
      async sendRaw(records) {
        counts.most = Math.max(counts.most, ++counts.now);
        await gate;
        counts.now--;
        if (failures-- > 0) throw new Error("broker is away");
        sent.push(...records.map(({ key }) => String(key)));
      },
    },
  });
  return {
    clock,
    relay,
    sent,
    rows,
    log,
    counts,
    write(...keys: string[]) {
      for (const key of keys) rows.push({ id: `row-${key}`, topic: "t", key, value: null });
    },
    fail: (times: number) => {
      failures = times;
    },
    failRemove: (times: number) => {
      removeFailures = times;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = undefined;
        resolve();
      };
    },
  };
}

test("the relay sends all rows in order, at start and then by its interval", async () => {
  const { relay, clock, sent, rows, write } = openOutbox();
  write("a", "b", "c", "d", "e");
  relay.start();
  await clock.settle();
  const first = [...sent];
  write("f");
  await clock.advance(999);
  const before = sent.length;
  await clock.advance(1);
  await relay.stop();
  expect([first, before, sent, rows]).toEqual([
    ["a", "b", "c", "d", "e"],
    5,
    ["a", "b", "c", "d", "e", "f"],
    [],
  ]);
});

test("wake() makes the relay look at once, and many calls make one look", async () => {
  const { relay, clock, sent, counts, write } = openOutbox();
  relay.start();
  await clock.settle();
  write("a");
  for (let n = 0; n < 100; n++) relay.wake();
  await clock.settle();
  expect([sent, counts.claims]).toEqual([["a"], 2]);
  await relay.stop();
});

test("wake() during a batch makes one more look after it", async () => {
  const { relay, clock, sent, counts, write, hold } = openOutbox();
  const release = hold();
  write("a");
  relay.start();
  await clock.settle();
  write("b");
  relay.wake();
  relay.wake();
  await clock.settle();
  release();
  await clock.settle();
  expect([sent, counts.most, counts.claims]).toEqual([["a", "b"], 1, 2]);
  await relay.stop();
});

test("a batch that fails is tried again with backoff, and nothing overtakes it", async () => {
  const { relay, clock, sent, log, write, fail } = openOutbox();
  fail(3);
  write("a", "b");
  relay.start();
  await clock.settle();
  write("c");
  relay.wake();
  await clock.advance(500 + 1000 + 1999);
  const before = [...sent];
  await clock.advance(1);
  await relay.stop();
  expect([before, sent, log.length]).toEqual([[], ["a", "b", "c"], 3]);
});

test("after a long outage the relay goes on within 5 s", async () => {
  const { clock, relay, rows, write, fail } = openOutbox();
  write("a");
  fail(50);
  relay.start();
  await clock.advance(5 * 60_000);
  fail(0);
  await clock.advance(5000);
  expect(rows).toEqual([]);
  await relay.stop();
});

test("rows that were sent and not removed are sent again", async () => {
  const { relay, clock, sent, rows, write, failRemove } = openOutbox();
  failRemove(1);
  write("a", "b");
  relay.start();
  await clock.advance(1000);
  await relay.stop();
  expect([sent, rows]).toEqual([["a", "b", "a", "b"], []]);
});

test("stop() waits for the batch in flight, and begins no other", async () => {
  const { relay, clock, sent, rows, write, hold } = openOutbox();
  const release = hold();
  write("a", "b", "c");
  relay.start();
  await clock.settle();
  let stopped = false;
  const stopping = relay.stop().then(() => {
    stopped = true;
  });
  await clock.settle();
  const during = stopped;
  release();
  await stopping;
  expect([during, sent, rows.map(({ key }) => key)]).toEqual([false, ["a", "b"], ["c"]]);
  expect(() => relay.start()).toThrow("Cannot start the relay as it was stopped before");
});

test("stop() ends a backoff at once, and a relay that was never started", async () => {
  const { relay, clock, write, fail } = openOutbox();
  fail(100);
  write("a");
  relay.start();
  await clock.settle();
  await relay.stop();
  await openOutbox().relay.stop();
});
