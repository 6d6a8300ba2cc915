// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { Gate, nameOf, openShop } from "./shop.testing.ts";
import { partitionOf } from "./testing/murmur2.ts";

/** A key of this partition of two. */
function keyIn(partition: number, but: string[] = []): string {
  for (let n = 0; ; n++) {
    const key = `k${n}`;
    const bytes = new TextEncoder().encode(key);
    if (partitionOf(bytes, 2) === partition && !but.includes(key)) return key;
  }
}

test("ordering key runs different keys at once, and one key in order", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler);
  await shop.send("a#1", "a#2", "b#1");
  expect(gate.begun).toEqual(["a#1", "b#1"]);
  gate.open("a#1");
  await shop.driver.clock.settle();
  expect(gate.begun).toEqual(["a#1", "b#1", "a#2"]);
  gate.open("a#2", "b#1");
  await shop.run.stop();
});

test("ordering partition runs one message of a partition at a time", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { ordering: "partition" });
  await shop.send("a#1", "b#1");
  expect(gate.begun).toEqual(["a#1"]);
  gate.open("a#1");
  await shop.driver.clock.settle();
  expect(gate.begun).toEqual(["a#1", "b#1"]);
  gate.open("b#1");
  await shop.run.stop();
});

test("concurrency bounds the handlers that run, over all partitions", async () => {
  let running = 0;
  let most = 0;
  const shop = await openShop(
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    },
    { concurrency: 3, partitions: 2 },
  );
  await shop.send(...Array.from({ length: 40 }, (_, n) => `order-${n}#1`));
  while ((shop.committed(0) ?? 0n) + (shop.committed(1) ?? 0n) < 40n) {
    await shop.driver.clock.advance(100);
  }
  expect(most).toBe(3);
  await shop.run.stop();
});

test("a slow partition takes all places but one, and never holds up another", async () => {
  const gate = new Gate();
  const slow = keyIn(0);
  const shop = await openShop(gate.handler, { concurrency: 3, partitions: 2, ordering: "key" });
  const others = [slow];
  for (let n = 0; n < 4; n++) others.push(keyIn(0, others));
  await shop.send(...others.map((key) => `${key}#1`));
  expect(gate.begun.length).toBe(2);
  const fast = keyIn(1);
  await shop.send(`${fast}#1`, `${fast}#2`);
  gate.open(`${fast}#1`);
  await shop.driver.clock.settle();
  gate.open(`${fast}#2`);
  await shop.driver.clock.advance(200);
  expect([shop.committed(0), shop.committed(1)]).toEqual([undefined, 2n]);
  await shop.stop(0);
});

test("a message that waits for another attempt holds its key, and no place", async () => {
  const seen: string[] = [];
  const shop = await openShop(
    (message, context) => {
      seen.push(`${nameOf(message)}/${context.attempt}`);
      if (nameOf(message) === "a#1" && context.attempt === 1) throw new Error("transient");
    },
    { concurrency: 1 },
  );
  await shop.send("a#1", "a#2", "b#1");
  expect(seen).toEqual(["a#1/1", "b#1/1"]);
  await shop.driver.clock.advance(1000);
  expect(seen).toEqual(["a#1/1", "b#1/1", "a#1/2", "a#2/1"]);
  await shop.run.stop();
});

test("a full queue pauses its partition, and an emptier one resumes it", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { concurrency: 1, queueLimit: 4 });
  const names = Array.from({ length: 8 }, (_, n) => `order-${n}#${n}`);
  await shop.send(...names);
  await shop.driver.clock.advance(100);
  const more = Array.from({ length: 3 }, (_, n) => `late-${n}#${n}`);
  await shop.send(...more);
  for (const name of [...names, ...more]) {
    gate.open(name);
    await shop.driver.clock.settle();
  }
  await shop.driver.clock.advance(1000);
  expect([gate.ended, shop.committed()]).toEqual([[...names, ...more], 11n]);
  await shop.run.stop();
});

test("10 000 messages at concurrency 64: order per key is exact, and no commit passes a gap", async () => {
  const total = 10_000;
  const last = new Map<string, bigint>();
  const disorder: string[] = [];
  const done = new Set<bigint>();
  const gaps: bigint[] = [];
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const shop = await openShop(
    async (message, context) => {
      for (let turns = Math.floor(random() * 4); turns > 0; turns--) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (message.sequence !== (last.get(message.orderId) ?? -1n) + 1n) {
        disorder.push(nameOf(message));
      }
      last.set(message.orderId, message.sequence);
      done.add(context.offset);
    },
    {
      concurrency: 64,
      commitIntervalMs: 0,
      middleware: [
        (next) => async (call) => {
          if (call.kind === "commit") {
            for (const { offset } of call.offsets) {
              for (let at = 0n; at < offset; at++) if (!done.has(at)) gaps.push(at);
            }
          }
          await next(call);
        },
      ],
    },
  );
  const names = Array.from({ length: total }, (_, n) => `k${n % 97}#${Math.floor(n / 97)}`);
  await shop.send(...names);
  while (shop.committed() !== BigInt(total)) await shop.driver.clock.advance(1);
  expect([disorder, gaps, done.size]).toEqual([[], [], total]);
  await shop.run.stop();
});

test("after a crash with a gap, what is behind the gap comes again, and nothing is lost", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler);
  await shop.send("a#1", "b#2", "c#3");
  gate.open("a#1", "c#3");
  await shop.driver.clock.advance(200);
  expect(shop.committed()).toBe(1n);
  shop.driver.crash("shop");
  await shop.driver.clock.advance(1000);
  expect(gate.begun.slice(3)).toEqual(["b#2", "c#3"]);
  gate.open("b#2", "c#3");
  await shop.driver.clock.advance(200);
  expect([shop.committed(), shop.run.health().ready]).toEqual([3n, true]);
  await shop.run.stop();
});
