// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { exponential } from "./retry.ts";
import { Gate, nameOf, openShop } from "./shop.testing.ts";

test("a handler past timeoutMs has its signal aborted, and goes through the retry policy", async () => {
  const attempts: string[] = [];
  const shop = await openShop(
    (message, { attempt, signal }) => {
      attempts.push(`${nameOf(message)}/${attempt}@${shop.driver.clock.now()}`);
      if (message.orderId !== "slow") return;
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
    { timeoutMs: 1000, retry: exponential({ attempts: 2, initialMs: 100, jitter: 0 }) },
  );
  await shop.send("slow#1", "fast#2");
  await shop.driver.clock.advance(10_000);
  expect(attempts).toEqual(["slow#1/1@0", "fast#2/1@0", "slow#1/2@1100"]);
  expect(shop.deadLetters()).toMatchObject([
    {
      headers: {
        "kafkakit-attempts": "2",
        "kafkakit-error-message":
          "Handler of '/labwire.testdata.v1.EventsService/HandleOrderCreated' did not end within 1000 ms on 'orders' 0:0",
      },
    },
  ]);
  expect([shop.committed(), shop.run.health().live]).toEqual([2n, true]);
  await shop.run.stop();
});

test("a handler that succeeds although its signal was aborted is done", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { timeoutMs: 1000 });
  await shop.send("a#1");
  await shop.driver.clock.advance(1500);
  gate.open("a#1");
  await shop.driver.clock.advance(1000);
  expect([gate.aborted, shop.committed(), shop.deadLetters()]).toEqual([["a#1"], 1n, []]);
  await shop.run.stop();
});

test("a handler that ignores its signal turns health false, the member leaves, and done rejects", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { timeoutMs: 1000, hangMs: 500 });
  const done = shop.run.done.catch((error) => `${error.code}: ${error.message}`);
  await shop.send("a#1");
  await shop.driver.clock.advance(1499);
  const before = shop.run.health().live;
  await shop.driver.clock.advance(20_000);
  expect([before, shop.run.health().live, shop.driver.members("shop"), await done]).toEqual([
    true,
    false,
    0,
    "hung: Handler of '/labwire.testdata.v1.EventsService/HandleOrderCreated' hangs on 'orders' 0:0: it ignored its signal for 500 ms",
  ]);
});

test("timeoutMs Infinity sets no limit", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { timeoutMs: Number.POSITIVE_INFINITY });
  await shop.send("a#1");
  await shop.driver.clock.advance(100_000_000);
  gate.open("a#1");
  await shop.driver.clock.advance(200);
  expect([gate.aborted, shop.committed()]).toEqual([[], 1n]);
  await shop.run.stop();
});
