// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { createKafkaApp } from "../app.ts";
import { PoisonError } from "../kafkakit-error.ts";
import { exponential } from "../retry.ts";
import { nameOf, toOrder } from "../shop.testing.ts";
import { Member } from "../testing/conformance-member.ts";
import { createShop, Notes, openBroker, orders, quickDriver } from "./lab.testing.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function dataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "kafkakit-"));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test("an app sends, handles, retries and dead-letters over TCP", async () => {
  await using broker = await openBroker();
  const seen = new Notes();
  const app = createShop(
    broker,
    (message, { attempt }) => {
      seen.add(`${nameOf(message)}/${attempt}`);
      if (message.orderId === "bad") throw new PoisonError("never");
      if (message.orderId === "late" && attempt === 1) throw new TypeError("transient");
    },
    { retry: exponential({ attempts: 2, initialMs: 10 }) },
  );
  const run = await app.start();
  const raw = { topic: "orders", key: null, value: new Uint8Array([0xff]) };
  await Promise.all([
    app.producer.send(orders, ["good#1", "late#2", "bad#3"].map(toOrder)),
    app.producer.sendRaw([raw]),
  ]);
  await seen.until(({ length }) => length === 4);
  const graveyard = await Member.join(quickDriver(broker), ["orders.dlq"]);
  await graveyard.receive(2);
  expect(seen.all.sort()).toEqual(["bad#3/1", "good#1/1", "late#2/1", "late#2/2"]);
  expect(graveyard.keys.sort()).toEqual(["bad", null]);
  await graveyard.leave();
  expect(run.health()).toEqual({ live: true, ready: true, detail: "ok" });
  await run.stop();
  await run.done;
});

test("64 long handlers run side by side, longer than the session, with one delivery each", async () => {
  await using broker = await openBroker();
  const seen = new Notes();
  let running = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const app = createShop(
    broker,
    async (message) => {
      seen.add(nameOf(message));
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
    },
    { concurrency: 64 },
  );
  const run = await app.start();
  const names = Array.from({ length: 64 }, (_, n) => `video-${n >> 2}:${n % 4}#${n}`);
  await app.producer.send(orders, names.map(toOrder));
  await seen.until(({ length }) => length === 64);
  // Past the session timeout of 3 s, which only heartbeats outlive.
  await new Promise((resolve) => setTimeout(resolve, 4000));
  gate.resolve();
  await run.stop();
  expect([most, seen.all.sort()]).toEqual([64, names.sort()]);
  const rest = await Member.join(quickDriver(broker), ["orders"], { group: "shop" });
  await rest.receive(1, 300);
  expect(rest.records).toEqual([]);
  await rest.leave();
});

test("a second process takes its share while work goes on; order per key holds, nothing is lost", async () => {
  await using broker = await openBroker();
  const seen = new Notes();
  const total = 400;
  const handler = (who: string) => async (message: Parameters<typeof nameOf>[0]) => {
    await new Promise((resolve) => setImmediate(resolve));
    seen.add(`${who}/${nameOf(message)}`);
  };
  const first = createShop(broker, handler("1"), { concurrency: 8 });
  const firstRun = await first.start();
  const names = Array.from({ length: total }, (_, n) => `k${n % 20}#${Math.floor(n / 20)}`);
  await first.producer.send(orders, names.slice(0, 200).map(toOrder));
  const second = createShop(broker, handler("2"), { concurrency: 8 });
  const secondRun = await second.start();
  for (const name of names.slice(200, 300)) await first.producer.send(orders, [toOrder(name)]);
  await seen.until((all) => all.some((note) => note.startsWith("2/")));
  await secondRun.stop();
  await first.producer.send(orders, names.slice(300).map(toOrder));
  await seen.until((all) => new Set(all.map((note) => note.slice(2))).size === total);
  await firstRun.stop();
  // Duplicates are allowed; going back to an earlier message and then jumping ahead is not.
  const disorder: string[] = [];
  const last = new Map<string, number>();
  for (const note of seen.all) {
    const [key = "", sequence = ""] = note.slice(2).split("#");
    if (Number(sequence) > (last.get(key) ?? -1) + 1) disorder.push(note);
    last.set(key, Number(sequence));
  }
  expect(disorder).toEqual([]);
  expect(seen.all.length - total).toBeLessThanOrEqual(16);
});

test("a broker that is away at start and restarted in the middle is waited for", async () => {
  const dir = await dataDir();
  const reserved = await openBroker({ dataDir: dir });
  const { brokers } = reserved;
  const port = Number(brokers[0]?.split(":")[1]);
  await reserved.close();

  const seen = new Notes();
  const app = createShop({ brokers }, (message) => seen.add(nameOf(message)));
  const starting = app.start();
  const early = app.producer.send(orders, [toOrder("early#0")]).catch((error) => error.code);
  expect(await early).toBe("unavailable");
  const first = await openBroker({ dataDir: dir, port });
  const run = await starting;
  await app.producer.send(orders, [toOrder("a#1")]);
  await seen.until((all) => all.includes("a#1"));

  await first.close();
  const during = app.producer.send(orders, [toOrder("b#2")]);
  during.catch(() => {});
  const second = await openBroker({ dataDir: dir, port });
  cleanups.push(() => second.close());
  await during.catch(() => app.producer.send(orders, [toOrder("b#2")]));
  await app.producer.send(orders, [toOrder("c#3")]);
  await seen.until((all) => all.includes("b#2") && all.includes("c#3"));
  expect(run.health().live).toBe(true);
  await run.stop();
}, 30_000);

test("stop() is on time when the broker is away", async () => {
  const broker = await openBroker();
  const app = createShop(broker, () => {});
  const run = await app.start();
  await app.producer.send(orders, [toOrder("a#1")]);
  await broker.close();
  const started = performance.now();
  await run.stop({ deadlineMs: 1000 });
  await run.done;
  expect(performance.now() - started).toBeLessThan(6000);
});

test("kill -9 of a consumer in the middle: what was not committed comes again, the rest does not", async () => {
  await using broker = await openBroker();
  const total = 200;
  const done = new Notes();
  const startChild = async () => {
    const child = fork(fileURLToPath(new URL("./consumer.testing.ts", import.meta.url)), {
      execArgv: ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"],
      env: { ...process.env, BROKERS: broker.brokers.join(",") },
    });
    cleanups.push(() => child.kill("SIGKILL"));
    child.on("message", (note) => done.add(String(note)));
    await once(child, "spawn");
    return child as ChildProcess;
  };
  const app = createKafkaApp({ driver: quickDriver(broker) });
  const names = Array.from({ length: total }, (_, n) => `k${n % 50}#${Math.floor(n / 50)}`);
  await app.producer.send(orders, names.map(toOrder));
  const victim = await startChild();
  await done.until(({ length }) => length >= 60);
  victim.kill("SIGKILL");
  await once(victim, "exit");
  const before = done.all.length;
  const heir = await startChild();
  await done.until((all) => new Set(all).size === total);
  heir.kill("SIGTERM");
  const [code] = await once(heir, "exit");
  expect(code).toBe(0);
  // Redelivered at most: what ran, and what was done since the last commit.
  expect(done.all.length - total).toBeLessThan(before);
  await (await app.start()).stop();
}, 30_000);
