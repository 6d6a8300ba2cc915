// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { PoisonError, RetryableError, SkipError } from "./kafkakit-error.ts";
import { exponential } from "./retry.ts";
import { nameOf, openShop } from "./shop.testing.ts";

test.each([
  ["a TypeError", new TypeError("x is not a function"), "TypeError"],
  ["an Error", new Error("boom"), "Error"],
  ["a string", "boom", "string"],
  ["undefined", undefined, "undefined"],
])(
  "consumer retries a handler that throws %s, then dead-letters, and lives",
  async (_, reason, errorClass) => {
    const attempts: string[] = [];
    const shop = await openShop(
      (message, context) => {
        attempts.push(`${nameOf(message)}/${context.attempt}@${shop.driver.clock.now()}`);
        if (message.orderId === "bad") throw reason;
      },
      { ordering: "partition", retry: exponential({ attempts: 3, initialMs: 100, jitter: 0 }) },
    );
    await shop.send("bad#1", "good#2");
    await shop.driver.clock.advance(1000);
    expect(attempts).toEqual(["bad#1/1@0", "bad#1/2@100", "bad#1/3@300", "good#2/1@300"]);
    expect(shop.deadLetters()).toMatchObject([
      { key: "bad", headers: { "kafkakit-error-class": errorClass, "kafkakit-attempts": "3" } },
    ]);
    expect([shop.committed(), shop.run.health().live]).toEqual([2n, true]);
    await shop.run.stop();
  },
);

test("consumer survives 50 separate transient failures without a dead letter or a restart", async () => {
  const shop = await openShop((_, context) => {
    if (context.attempt === 1) throw new Error("transient");
  });
  for (let n = 0; n < 50; n++) {
    await shop.send(`order-${n}#${n}`);
    await shop.driver.clock.advance(1000);
  }
  expect([shop.committed(), shop.deadLetters(), shop.driver.members("shop")]).toEqual([50n, [], 1]);
  expect(new Set(shop.log)).toEqual(new Set(["Message failed, trying again"]));
  await shop.run.stop();
});

test("consumer dead-letters what it cannot decode at once, with its bytes, key, headers and origin", async () => {
  const seen: string[] = [];
  const shop = await openShop((message) => seen.push(nameOf(message)), { ordering: "partition" });
  const value = new Uint8Array([0xff, 0xff, 0xff]);
  await shop.send("a#1");
  await shop.app.producer.sendRaw([
    { topic: "orders", key: "k", value, headers: { trace: "t-1", "kafkakit-attempts": "9" } },
  ]);
  await shop.send("b#2");
  await shop.driver.clock.advance(200);
  expect(seen).toEqual(["a#1", "b#2"]);
  const [letter] = shop.driver.records("orders.dlq");
  expect([letter?.key, letter?.value]).toEqual([new TextEncoder().encode("k"), value]);
  expect(shop.deadLetters()[0]?.headers).toEqual({
    trace: "t-1",
    "kafkakit-origin-topic": "orders",
    "kafkakit-origin-partition": "0",
    "kafkakit-origin-offset": "1",
    "kafkakit-origin-timestamp": "0",
    "kafkakit-group": "shop",
    "kafkakit-error-class": "ProtokitError",
    "kafkakit-error-message": expect.stringMatching(
      /^Cannot decode 3 bytes as 'labwire.testdata.v1.HandleOrderCreatedRequest'/,
    ),
    "kafkakit-attempts": "0",
  });
  expect(shop.committed()).toBe(3n);
  await shop.run.stop();
});

test("consumer does not read trailing poison again after a restart", async () => {
  const first = await openShop(() => {});
  await first.app.producer.sendRaw([{ topic: "orders", key: null, value: new Uint8Array([7]) }]);
  await first.driver.clock.advance(200);
  await first.run.stop();
  const again = await openShop(() => {}, { driver: first.driver });
  await again.driver.clock.advance(1000);
  expect([again.deadLetters().length, again.committed()]).toEqual([1, 1n]);
  await again.run.stop();
});

test("consumer commits no offset while the dead-letter topic cannot be reached, and tries again", async () => {
  const attempts: string[] = [];
  const shop = await openShop((message) => {
    attempts.push(nameOf(message));
    if (message.orderId !== "bad") return;
    shop.driver.fail("send", { times: 3 });
    throw new PoisonError("never");
  });
  await shop.send("bad#1", "good#2");
  await shop.driver.clock.advance(3000);
  const during = [shop.committed(), shop.deadLetters().length];
  await shop.driver.clock.advance(1000);
  const after = [shop.committed(), shop.deadLetters().length];
  expect([during, after, attempts]).toEqual([
    [undefined, 0],
    [2n, 1],
    ["bad#1", "good#2"],
  ]);
  await shop.run.stop();
});

test("a dead letter that could not be sent is delivered again after a restart", async () => {
  const first = await openShop(() => {
    first.driver.fail("send", { times: 100 });
    throw new PoisonError("never");
  });
  await first.send("bad#1");
  await first.driver.clock.advance(3000);
  await first.run.stop();
  expect(first.committed()).toBe(undefined);
  first.driver.fail("send", { times: 0 });
  const again = await openShop(
    () => {
      throw new PoisonError("still");
    },
    { driver: first.driver },
  );
  await again.driver.clock.advance(1000);
  expect([again.deadLetters().length, again.committed()]).toEqual([1, 1n]);
  await again.run.stop();
});

test("RetryableError sets the delay, and counts as an attempt", async () => {
  const times: number[] = [];
  const shop = await openShop(
    () => {
      times.push(shop.driver.clock.now());
      throw new RetryableError("busy", { delayMs: 5000 });
    },
    { retry: exponential({ attempts: 3 }) },
  );
  await shop.send("a#1");
  await shop.driver.clock.advance(60_000);
  expect([times, shop.deadLetters().length]).toEqual([[0, 5000, 10_000], 1]);
  await shop.run.stop();
});

test("PoisonError goes to the dead-letter topic at once, SkipError nowhere", async () => {
  const seen: string[] = [];
  const shop = await openShop((message) => {
    seen.push(nameOf(message));
    throw message.orderId === "p" ? new PoisonError("bad") : new SkipError("old");
  });
  await shop.send("p#1", "s#2");
  await shop.driver.clock.advance(1000);
  expect(seen).toEqual(["p#1", "s#2"]);
  expect(shop.deadLetters().map(({ key }) => key)).toEqual(["p"]);
  expect(shop.committed()).toBe(2n);
  await shop.run.stop();
});

test("onDeadLetter is called with the message, and again until it succeeds, before the commit", async () => {
  const calls: string[] = [];
  const shop = await openShop(
    () => {
      throw new PoisonError("bad");
    },
    {
      deadLetter: { topic: "graveyard" },
      onDeadLetter(message, context, error) {
        calls.push(`${message && nameOf(message)} ${context.offset} ${(error as Error).message}`);
        if (calls.length < 3) throw new Error("database is away");
        expect(shop.committed()).toBe(undefined);
      },
    },
  );
  await shop.send("a#1");
  await shop.driver.clock.advance(10_000);
  expect(calls).toEqual(["a#1 0 bad", "a#1 0 bad", "a#1 0 bad"]);
  expect([shop.driver.records("graveyard").length, shop.committed()]).toEqual([1, 1n]);
  await shop.run.stop();
});

test("deadLetter false logs the loss, and goes on", async () => {
  const lost: unknown[] = [];
  const shop = await openShop(
    () => {
      throw new PoisonError("bad");
    },
    { deadLetter: false, onDeadLetter: (message) => lost.push(message && nameOf(message)) },
  );
  await shop.send("a#1");
  await shop.driver.clock.advance(1000);
  expect([shop.log, lost, shop.deadLetters(), shop.committed()]).toEqual([
    ["Message lost"],
    ["a#1"],
    [],
    1n,
  ]);
  await shop.run.stop();
});

test("consumer tells a tombstone, an empty value, no key and an empty key apart", async () => {
  const seen: string[] = [];
  const shop = await openShop(
    (message, context) => seen.push(`message '${nameOf(message)}' key ${context.key}`),
    { onTombstone: (context) => seen.push(`tombstone key ${JSON.stringify(context.key)}`) },
  );
  const empty = new Uint8Array();
  await shop.app.producer.sendRaw([
    { topic: "orders", key: null, value: null },
    { topic: "orders", key: "", value: null },
    { topic: "orders", key: null, value: empty },
    { topic: "orders", key: empty, value: "" },
  ]);
  await shop.driver.clock.advance(1000);
  expect(seen).toEqual([
    "tombstone key null",
    'tombstone key ""',
    "message '#0' key null",
    "message '#0' key ",
  ]);
  await shop.run.stop();
});

test("consumer dead-letters a tombstone that it has no handler for, as a tombstone", async () => {
  const shop = await openShop(() => {});
  await shop.app.producer.sendRaw([{ topic: "orders", key: "k", value: null }]);
  await shop.driver.clock.advance(1000);
  expect(shop.deadLetters()).toMatchObject([{ key: "k", value: null }]);
  await shop.run.stop();
});

test("a retry policy that throws is fatal, rather than holding up its partition in silence", async () => {
  const shop = await openShop(
    () => {
      throw new Error("boom");
    },
    {
      retry: () => {
        throw new TypeError("no policy");
      },
    },
  );
  const done = shop.run.done.catch((error) => error.message);
  await shop.send("a#1");
  expect([await done, shop.run.health().live, shop.committed()]).toEqual([
    "Cannot go on with 'orders' 0:0: no policy",
    false,
    undefined,
  ]);
});
