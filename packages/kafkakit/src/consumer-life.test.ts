// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { EventsService } from "@labwire/testdata/events";
import { expect, test } from "vitest";
import { createKafkaApp } from "./app.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { Gate, openShop, orders } from "./shop.testing.ts";
import { createMemoryDriver } from "./testing/memory-driver.ts";

const handlers = { handleOrderCreated() {} };
const options = { group: "shop", topics: { handleOrderCreated: "orders" } };
const topics = [{ topic: "orders" }];

test("stop() finishes what runs, commits, leaves, and begins nothing more", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { concurrency: 2, commitIntervalMs: 60_000 });
  await shop.send("a#1", "b#2", "c#3");
  const stopped = shop.run.stop();
  await shop.driver.clock.advance(5000);
  gate.open("a#1", "b#2");
  await shop.driver.clock.settle();
  await stopped;
  await shop.run.done;
  expect([gate.begun, gate.aborted, shop.committed(), shop.driver.members("shop")]).toEqual([
    ["a#1", "b#2"],
    [],
    2n,
    0,
  ]);
});

test("stop() aborts past its deadline, commits what is done, and resolves", async () => {
  const gate = new Gate();
  const shop = await openShop(gate.handler, { commitIntervalMs: 60_000 });
  await shop.send("a#1", "b#2", "c#3");
  gate.open("a#1", "c#3");
  await shop.driver.clock.settle();
  await shop.stop(2000);
  expect([gate.aborted, shop.committed(), shop.driver.members("shop")]).toEqual([["b#2"], 1n, 0]);
  await shop.run.done;
});

test("stop() ends the wait for another attempt at once, and does not commit its message", async () => {
  const shop = await openShop((message) => {
    if (message.orderId === "b") throw new Error("transient");
  });
  await shop.send("a#1", "b#2", "c#3");
  await shop.run.stop();
  expect([shop.committed(), shop.driver.members("shop"), shop.deadLetters()]).toEqual([1n, 0, []]);
});

test("a signal that is aborted stops the app", async () => {
  const driver = createMemoryDriver({ topics });
  const controller = new AbortController();
  const app = createKafkaApp({ driver, clock: driver.clock });
  app.service(EventsService, handlers, options);
  const run = await app.start({ signal: controller.signal });
  controller.abort();
  await run.done;
  expect([driver.members("shop"), run.health()]).toEqual([
    0,
    { live: true, ready: false, detail: "group 'shop' stopped; stopped" },
  ]);
});

test("start() waits for a broker that is away, with backoff, and says so", async () => {
  const driver = createMemoryDriver({ topics });
  driver.fail("connect", { times: 5 });
  const log: unknown[] = [];
  const app = createKafkaApp({
    driver,
    clock: driver.clock,
    random: () => 0.5,
    logger: { ...console, info() {}, warn: (message, fields) => log.push([message, fields]) },
  });
  app.service(EventsService, handlers, options);
  const starting = app.start();
  await driver.clock.advance(20_000);
  const run = await starting;
  const away = { group: "shop", error: "Broker is away" };
  expect(log).toEqual(
    [500, 1000, 2000, 4000, 5000].map((waitMs) => [
      "Cannot consume yet, trying again",
      { ...away, waitMs },
    ]),
  );
  expect(run.health()).toEqual({ live: true, ready: true, detail: "ok" });
  await run.stop();
});

test("start() waits for a topic that does not exist yet", async () => {
  const driver = createMemoryDriver();
  const app = createKafkaApp({ driver, clock: driver.clock });
  app.service(EventsService, handlers, options);
  const starting = app.start();
  await driver.clock.advance(2000);
  await driver.createTopics(topics, { logger: console });
  await driver.clock.advance(5000);
  await (await starting).stop();
});

test("start() creates the topics it is told to, and those of dead letters", async () => {
  const driver = createMemoryDriver({ autoCreateTopics: false });
  driver.fail("connect", { times: 2 });
  const app = createKafkaApp({
    driver,
    clock: driver.clock,
    createTopics: [{ topic: "orders", partitions: 3 }],
  });
  app.service(EventsService, handlers, options);
  const starting = app.start();
  await driver.clock.advance(5000);
  const run = await starting;
  await app.producer.sendRaw([
    { topic: "orders", partition: 2, key: null, value: null },
    { topic: "orders.dlq", partition: 0, key: null, value: null },
  ]);
  await run.stop();
});

test("start() rejects when aborted, and when the broker refuses us; then nobody is left", async () => {
  const driver = createMemoryDriver({ topics });
  driver.fail("connect", { times: 100 });
  const aborted = createKafkaApp({ driver, clock: driver.clock });
  aborted.service(EventsService, handlers, options);
  const controller = new AbortController();
  const starting = aborted.start({ signal: controller.signal });
  await driver.clock.advance(1000);
  controller.abort();
  await expect(starting).rejects.toMatchObject({ code: "stopped" });

  const error = new KafkakitError("Not authorized", { code: "auth" });
  driver.fail("connect", { times: 0 });
  driver.fail("join", { error });
  const refused = createKafkaApp({ driver, clock: driver.clock });
  refused.service(EventsService, handlers, options);
  refused.service(EventsService, handlers, { ...options, group: "other" });
  await expect(refused.start()).rejects.toBe(error);
  expect([driver.members("shop"), driver.members("other")]).toEqual([0, 0]);
});

test("a fatal error turns health false, stops the rest, and rejects done", async () => {
  const shop = await openShop(() => {});
  const error = new KafkakitError("Not authorized", { code: "auth" });
  const done = shop.run.done.catch((reason) => reason);
  shop.driver.crash("shop", error);
  await shop.driver.clock.advance(0);
  expect([await done, shop.run.health()]).toEqual([
    error,
    { live: false, ready: false, detail: "group 'shop' failed: Not authorized; stopped" },
  ]);
  await expect(shop.app.producer.send(orders, [{}])).rejects.toMatchObject({ code: "stopped" });
});

test("a crash that may pass makes a new consumer; too many in a row are fatal", async () => {
  const shop = await openShop(() => {});
  const error = new KafkakitError("Odd", { code: "driver", retryable: true });
  const done = shop.run.done.catch((reason) => reason);
  for (let n = 1; n < 10; n++) {
    shop.driver.crash("shop", error);
    await shop.driver.clock.settle();
    expect([shop.run.health().live, shop.run.health().ready]).toEqual([true, false]);
    while (!shop.run.health().ready) await shop.driver.clock.advance(500);
  }
  shop.driver.crash("shop", error);
  await shop.driver.clock.advance(0);
  expect([await done, shop.run.health().live]).toEqual([error, false]);
});

test("a broker that is away for long is never fatal, and work goes on after it", async () => {
  const seen: bigint[] = [];
  const shop = await openShop((message) => seen.push(message.sequence));
  shop.driver.fail("connect", { times: 50 });
  shop.driver.crash("shop");
  await shop.driver.clock.advance(600_000);
  expect(shop.run.health().live).toBe(true);
  shop.driver.fail("connect", { times: 0 });
  await shop.driver.clock.advance(60_000);
  await shop.send("a#1");
  await shop.driver.clock.advance(1000);
  expect([seen, shop.committed(), shop.run.health().ready]).toEqual([[1n], 1n, true]);
  await shop.run.stop();
});

test("health() of an app without services is ready when the producer has connected", async () => {
  const driver = createMemoryDriver();
  const opened = Promise.withResolvers<void>();
  const producer: typeof driver.producer = (producerOptions) => {
    const inner = driver.producer(producerOptions);
    return { ...inner, connect: () => opened.promise };
  };
  const app = createKafkaApp({ driver: { ...driver, producer }, clock: driver.clock });
  const run = await app.start();
  const before = run.health();
  opened.resolve();
  await driver.clock.settle();
  expect([before, run.health()]).toEqual([
    { live: true, ready: false, detail: "producer: connecting" },
    { live: true, ready: true, detail: "ok" },
  ]);
  await run.stop();
});

test("start() resolves at once without services, and sends when the broker is there", async () => {
  const driver = createMemoryDriver({ topics });
  driver.fail("connect", { times: 2 });
  const app = createKafkaApp({ driver, clock: driver.clock });
  const run = await app.start();
  await driver.clock.settle();
  const away = run.health();
  await driver.clock.advance(5000);
  await app.producer.send(orders, [{ orderId: "a" }]);
  expect([away, run.health()]).toEqual([
    { live: true, ready: false, detail: "producer: Broker is away" },
    { live: true, ready: true, detail: "ok" },
  ]);
  await run.stop();
});

test("service() refuses what cannot be served", () => {
  const app = createKafkaApp({ driver: createMemoryDriver() });
  app.service(EventsService, handlers, options);
  const attempts = [
    () => app.service(EventsService, handlers, options),
    () => app.service(EventsService, handlers, { ...options, group: "" }),
    () => app.service(EventsService, handlers, { ...options, group: "b", concurrency: 0 }),
    () => app.service(EventsService, handlers, { group: "b", topics: {} as never }),
    () =>
      app.service(EventsService, { ...handlers, other() {} } as never, { ...options, group: "b" }),
    () => app.service(EventsService, {}, { group: "b", topics: {} }),
    () =>
      app.service(
        EventsService,
        { ...handlers, handleOrderPaid() {} },
        { group: "b", topics: { handleOrderCreated: "orders", handleOrderPaid: "orders" } },
      ),
  ];
  const name = "Cannot serve 'labwire.testdata.v1.EventsService'";
  expect(attempts.map((attempt) => messageOf(attempt))).toEqual([
    `${name} as group 'shop' has a service already`,
    `${name} as 'group' is empty`,
    `${name} as 'concurrency' must be a positive integer: current value is 0`,
    `${name} as 'topics' names none for method 'handleOrderCreated'`,
    `${name} as it has no method 'other'`,
    `${name} as no method has a handler`,
    `${name} as topic 'orders' has two methods`,
  ]);
});

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return KafkakitError.from(error).message;
  }
  return "";
}
