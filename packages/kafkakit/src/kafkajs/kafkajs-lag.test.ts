// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { EventsService } from "@labwire/testdata/events";
import { expect, test, vi } from "vitest";
import { createKafkaApp } from "../app.ts";
import type { Middleware } from "../middleware.ts";
import { openEmbedded, ordersOf, quickDriver } from "./lab.testing.ts";

test("lag is what brokers say: it grows while a handler is stuck, and is gone with the work", async () => {
  await using lab = await openEmbedded();
  const orders = ordersOf(lab);
  let partitions: { partition: number; lag: number }[] = [];
  const note: Middleware = (next) => async (call) => {
    await next(call);
    if (call.kind === "lag") partitions = [...call.partitions];
  };
  const total = () => partitions.reduce((sum, { lag }) => sum + lag, 0);
  const stuck = Promise.withResolvers<void>();
  const app = createKafkaApp({ driver: quickDriver(lab), lagIntervalMs: 100 });
  app.use(note);
  app.service(
    EventsService,
    { handleOrderCreated: () => stuck.promise },
    { group: lab.name, topics: { handleOrderCreated: lab.name }, commitIntervalMs: 50 },
  );
  const run = await app.start();

  await app.producer.send(orders, [{ orderId: "a" }, { orderId: "b" }]);
  await vi.waitFor(() => expect(total()).toBe(2), { timeout: 10_000 });
  await app.producer.send(orders, [{ orderId: "a" }]);
  await vi.waitFor(() => expect(total()).toBe(3), { timeout: 10_000 });
  expect(partitions.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);

  stuck.resolve();
  await vi.waitFor(() => expect(total()).toBe(0), { timeout: 10_000 });
  await run.stop();
}, 40_000);
