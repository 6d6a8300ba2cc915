// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { EventsService, HandleOrderCreatedRequestSchema } from "@labwire/testdata/events";
import { expect, test } from "vitest";
import { createKafkaApp } from "./app.ts";
import { createMemoryDriver } from "./testing/memory-driver.ts";
import { topic } from "./topic.ts";

const orders = topic("orders", HandleOrderCreatedRequestSchema, { key: (m) => m.orderId });

test("app serves a method from its topic, and commits what is done", async () => {
  const driver = createMemoryDriver({ topics: [{ topic: "orders", partitions: 2 }] });
  const app = createKafkaApp({ driver, clock: driver.clock });
  const seen: string[] = [];
  app.service(
    EventsService,
    {
      async handleOrderCreated(message, context) {
        seen.push(`${message.orderId}/${context.key}#${message.sequence}`);
      },
    },
    { group: "shop", topics: { handleOrderCreated: "orders" } },
  );
  const run = await app.start();
  await app.producer.send(orders, [
    { orderId: "a", sequence: 1n },
    { orderId: "a", sequence: 2n },
  ]);
  await driver.clock.advance(1000);
  expect(seen).toEqual(["a/a#1", "a/a#2"]);
  const partition = driver.records("orders")[0]?.partition ?? -1;
  expect(driver.committed("shop", "orders", partition)).toBe(2n);
  expect(run.health()).toEqual({ live: true, ready: true, detail: "ok" });
  await run.stop();
  await run.done;
  expect(driver.members("shop")).toBe(0);
});
