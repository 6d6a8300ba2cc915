// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nameOf, toOrder } from "../shop.testing.ts";
import { testApp } from "./app-cases.testing.ts";
import { createShop, Notes, openEmbedded, ordersOf } from "./lab.testing.ts";

testApp(openEmbedded);

test("a broker that is away at start and restarted in the middle is waited for", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "kafkakit-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const lab = await openEmbedded({ dataDir });
  const orders = ordersOf(lab);
  const port = Number(lab.brokers[0]?.split(":")[1]);
  await lab.close();

  const seen = new Notes();
  const app = createShop(lab, (message) => seen.add(nameOf(message)));
  const starting = app.start();
  const early = app.producer.send(orders, [toOrder("early#0")]).catch((error) => error.code);
  expect(await early).toBe("unavailable");
  const first = await openEmbedded({ dataDir, port });
  const run = await starting;
  await app.producer.send(orders, [toOrder("a#1")]);
  await seen.until((all) => all.includes("a#1"));

  await first.close();
  const during = app.producer.send(orders, [toOrder("b#2")]);
  during.catch(() => {});
  await using _second = await openEmbedded({ dataDir, port });
  await during.catch(() => app.producer.send(orders, [toOrder("b#2")]));
  await app.producer.send(orders, [toOrder("c#3")]);
  await seen.until((all) => all.includes("b#2") && all.includes("c#3"));
  expect(run.health().live).toBe(true);
  await run.stop();
}, 30_000);

test("stop() is on time when the broker is away", async () => {
  const lab = await openEmbedded();
  const app = createShop(lab, () => {});
  const run = await app.start();
  await app.producer.send(ordersOf(lab), [toOrder("a#1")]);
  await lab.close();
  const started = performance.now();
  await run.stop({ deadlineMs: 1000 });
  await run.done;
  expect(performance.now() - started).toBeLessThan(6000);
});
