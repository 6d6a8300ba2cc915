// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { KafkakitError } from "./kafkakit-error.ts";
import { Gate, nameOf, openShop } from "./shop.testing.ts";

test("a rebalance waits for running handlers and commits before it lets go", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { concurrency: 1, commitIntervalMs: 60_000 });
  await shop.send("a#1", "b#2", "c#3");
  const rebalanced = shop.driver.rebalance("shop");
  await shop.driver.clock.advance(1000);
  gate.open("a#1");
  await shop.driver.clock.settle();
  await rebalanced;
  await shop.driver.clock.settle();
  // b was waiting for its turn: it was not begun, and comes again with the partition.
  expect([gate.begun, gate.aborted, shop.committed()]).toEqual([["a#1", "b#2"], [], 1n]);
  gate.open("b#2");
  await shop.driver.clock.settle();
  gate.open("c#3");
  await shop.run.stop();
  expect([gate.ended, shop.committed()]).toEqual([["a#1", "b#2", "c#3"], 3n]);
});

test("a handler that outlasts revokeMs is aborted; when it finishes later it commits nothing", async () => {
  const gate = new Gate();
  const commits: string[] = [];
  const shop = await openShop(gate.handler, {
    revokeMs: 1000,
    middleware: [
      (next) => async (call) => {
        if (call.kind === "commit") commits.push(call.offsets.map((o) => o.offset).join());
        await next(call);
      },
    ],
  });
  await shop.send("a#1", "b#2");
  const first = gate;
  const rebalanced = shop.driver.rebalance("shop");
  await shop.driver.clock.advance(1000);
  await shop.driver.clock.advance(0);
  await rebalanced;
  expect([first.aborted.sort(), commits]).toEqual([["a#1", "b#2"], []]);
  await shop.driver.clock.settle();
  expect(gate.begun).toEqual(["a#1", "b#2", "a#1", "b#2"]);
  gate.open("a#1", "b#2");
  await shop.driver.clock.advance(200);
  expect([commits, shop.committed(), shop.run.health().ready]).toEqual([["2"], 2n, true]);
  await shop.run.stop();
});

test("two members share the partitions; what one had in work comes to the other, in order per key", async () => {
  const seen: string[] = [];
  const first = await openShop((message) => seen.push(`1:${nameOf(message)}`), { partitions: 4 });
  const names = (from: number) =>
    Array.from({ length: 40 }, (_, n) => `k${n % 8}#${from + Math.floor(n / 8)}`);
  await first.send(...names(0));
  const opening = openShop((message) => seen.push(`2:${nameOf(message)}`), {
    driver: first.driver,
  });
  await first.driver.clock.advance(0);
  const second = await opening;
  await first.send(...names(5));
  await first.driver.clock.advance(1000);
  await first.run.stop();
  await second.send(...names(10));
  await first.driver.clock.advance(1000);
  await second.run.stop();
  const perKey = Map.groupBy(
    seen.map((line) => line.slice(2)),
    (name) => name.split("#")[0],
  );
  const expected = Array.from({ length: 15 }, (_, n) => n);
  for (const list of perKey.values()) {
    expect(list.map((name) => Number(name.split("#")[1]))).toEqual(expected);
  }
  expect([perKey.size, new Set(seen.map((line) => line[0])).size]).toEqual([8, 2]);
});

test("a commit that fails is tried again", async () => {
  const shop = await openShop(() => {});
  shop.driver.fail("commit", { times: 2 });
  await shop.send("a#1");
  await shop.driver.clock.advance(1000);
  expect([shop.committed(), shop.log]).toEqual([
    1n,
    ["Offsets not committed, trying again", "Offsets not committed, trying again"],
  ]);
  await shop.run.stop();
});

test("a commit that comes too late, as another member owns the partition, is not tried again", async () => {
  const commits: string[] = [];
  const shop = await openShop(() => {}, {
    middleware: [
      (next) => async (call) => {
        if (call.kind === "commit") commits.push(call.offsets.map((o) => o.offset).join());
        await next(call);
      },
    ],
  });
  const error = new KafkakitError("Another member owns it", { code: "not_owner" });
  shop.driver.fail("commit", { error });
  await shop.send("a#1");
  await shop.driver.clock.advance(5000);
  expect([commits, shop.committed(), shop.log]).toEqual([["1"], undefined, []]);
  await shop.driver.rebalance("shop");
  await shop.driver.clock.advance(200);
  expect([commits, shop.committed()]).toEqual([["1", "1"], 1n]);
  await shop.run.stop();
});

test("stop() is on time when the last commit does not return", async () => {
  const shop = await openShop(() => {}, {
    middleware: [(next) => (call) => (call.kind === "commit" ? new Promise(() => {}) : next(call))],
  });
  await shop.send("a#1");
  const stopped = shop.run.stop({ deadlineMs: 1000 });
  await shop.driver.clock.advance(10_000);
  await stopped;
  expect(shop.driver.members("shop")).toBe(0);
});
