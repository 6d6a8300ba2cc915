// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createKafkaApp } from "../app.ts";
import { delay, systemClock } from "../clock.ts";
import { PoisonError } from "../kafkakit-error.ts";
import { exponential } from "../retry.ts";
import { nameOf, toOrder } from "../shop.testing.ts";
import { Member } from "../testing/conformance-member.ts";
import { createShop, type Lab, Notes, ordersOf, quickDriver } from "./lab.testing.ts";

/** What an app does on any broker, over TCP. */
export function testApp(open: () => Promise<Lab>): void {
  test("an app sends, handles, retries and dead-letters over TCP", async () => {
    await using lab = await open();
    const seen = new Notes();
    const app = createShop(
      lab,
      (message, { attempt }) => {
        seen.add(`${nameOf(message)}/${attempt}`);
        if (message.orderId === "bad") throw new PoisonError("never");
        if (message.orderId === "late" && attempt === 1) throw new TypeError("transient");
      },
      { retry: exponential({ attempts: 2, initialMs: 10 }) },
    );
    const run = await app.start();
    const raw = { topic: lab.name, key: null, value: new Uint8Array([0xff]) };
    await Promise.all([
      app.producer.send(ordersOf(lab), ["good#1", "late#2", "bad#3"].map(toOrder)),
      app.producer.sendRaw([raw]),
    ]);
    await seen.until(({ length }) => length === 4);
    const graveyard = await Member.join(quickDriver(lab), [`${lab.name}.dlq`]);
    await graveyard.receive(2);
    expect(seen.all.sort()).toEqual(["bad#3/1", "good#1/1", "late#2/1", "late#2/2"]);
    expect(graveyard.keys.sort()).toEqual(["bad", null]);
    await graveyard.leave();
    expect(run.health()).toEqual({ live: true, ready: true, detail: "ok" });
    await run.stop();
    await run.done;
  });

  test("64 long handlers run side by side, longer than the session, with one delivery each", async () => {
    await using lab = await open();
    const seen = new Notes();
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const app = createShop(
      lab,
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
    await app.producer.send(ordersOf(lab), names.map(toOrder));
    await seen.until(({ length }) => length === 64);
    // Only heartbeats outlive this.
    await delay(systemClock, lab.sessionTimeoutMs + 1000);
    gate.resolve();
    await run.stop();
    expect([most, seen.all.sort()]).toEqual([64, names.sort()]);
    const rest = await Member.join(quickDriver(lab), [lab.name], { group: lab.name });
    await rest.receive(1, 300);
    expect(rest.records).toEqual([]);
    await rest.leave();
  });

  test("a second process takes its share while work goes on; order per key holds, nothing is lost", async () => {
    await using lab = await open();
    const seen = new Notes();
    const total = 400;
    const handler = (who: string) => async (message: Parameters<typeof nameOf>[0]) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.add(`${who}/${nameOf(message)}`);
    };
    const first = createShop(lab, handler("1"), { concurrency: 8 });
    const firstRun = await first.start();
    const names = Array.from({ length: total }, (_, n) => `k${n % 20}#${Math.floor(n / 20)}`);
    await first.producer.send(ordersOf(lab), names.slice(0, 200).map(toOrder));
    const second = createShop(lab, handler("2"), { concurrency: 8 });
    const secondRun = await second.start();
    for (const name of names.slice(200, 300))
      await first.producer.send(ordersOf(lab), [toOrder(name)]);
    await seen.until((all) => all.some((note) => note.startsWith("2/")));
    await secondRun.stop();
    await first.producer.send(ordersOf(lab), names.slice(300).map(toOrder));
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

  test("kill -9 of a consumer in the middle: what was not committed comes again, the rest does not", async () => {
    await using lab = await open();
    const total = 200;
    const done = new Notes();
    const { brokers, name, sessionTimeoutMs } = lab;
    const startChild = async () => {
      const child = fork(fileURLToPath(new URL("./consumer.testing.ts", import.meta.url)), {
        execArgv: ["--conditions=@labwire/source", "--disable-warning=ExperimentalWarning"],
        env: { ...process.env, LAB: JSON.stringify({ brokers, name, sessionTimeoutMs }) },
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      child.on("message", (note) => done.add(String(note)));
      await once(child, "spawn");
      return child as ChildProcess;
    };
    const app = createKafkaApp({ driver: quickDriver(lab) });
    const names = Array.from({ length: total }, (_, n) => `k${n % 50}#${Math.floor(n / 50)}`);
    await app.producer.send(ordersOf(lab), names.map(toOrder));
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
}
