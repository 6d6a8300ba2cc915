// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create } from "@bufbuild/protobuf";
import { createCodec } from "@labwire/protokit";
import { HandleOrderCreatedRequestSchema } from "@labwire/testdata/events";
import { expect, test } from "vitest";
import { createKafkaApp } from "./app.ts";
import type { Driver, ProducerRecord } from "./driver.ts";
import { KafkakitError } from "./kafkakit-error.ts";
import { toText } from "./record.ts";
import { createMemoryDriver } from "./testing/memory-driver.ts";
import { topic } from "./topic.ts";

const orders = topic("orders", HandleOrderCreatedRequestSchema, { key: (m) => m.orderId });

/** A memory driver that notes its requests, and holds each until told. */
function observe() {
  const memory = createMemoryDriver();
  const requests: string[][] = [];
  const connects = { count: 0, open: 0 };
  let held: (() => void)[] | undefined;
  const driver: Driver = {
    ...memory,
    producer(options) {
      const producer = memory.producer(options);
      return {
        ...producer,
        async connect() {
          connects.count++;
          await producer.connect();
          connects.open++;
        },
        async disconnect() {
          connects.open--;
        },
        async send(records: readonly ProducerRecord[]) {
          requests.push(records.map(({ key }) => toText(key) ?? "-"));
          if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
          await producer.send(records);
        },
      };
    },
  };
  return {
    memory,
    requests,
    connects,
    app: createKafkaApp({ driver, clock: memory.clock }),
    hold() {
      held = [];
    },
    release() {
      const waiting = held ?? [];
      held = undefined;
      for (const resolve of waiting) resolve();
    },
  };
}

test("send() sends at once, and puts what is sent meanwhile into one request, in order", async () => {
  const { app, requests, hold, release, memory } = observe();
  hold();
  const sent = [app.producer.send(orders, [{ orderId: "a" }])];
  await memory.clock.settle();
  for (const orderId of ["b", "c", "d"]) sent.push(app.producer.send(orders, [{ orderId }]));
  await memory.clock.settle();
  expect(requests).toEqual([["a"]]);
  release();
  await Promise.all(sent);
  expect(requests).toEqual([["a"], ["b", "c", "d"]]);
});

test("send() shares a request with what is sent in the same turn", async () => {
  const { app, requests } = observe();
  await Promise.all(["a", "b"].map((orderId) => app.producer.send(orders, [{ orderId }])));
  expect(requests).toEqual([["a", "b"]]);
});

test("send() encodes with key, headers and codec, and takes messages or their init shapes", async () => {
  const { app, memory } = observe();
  const codec = createCodec(HandleOrderCreatedRequestSchema, { format: "json" });
  const json = topic("json", HandleOrderCreatedRequestSchema, { codec });
  const message = create(HandleOrderCreatedRequestSchema, { orderId: "a", sequence: 2n });
  await app.producer.send(json, [message, { orderId: "b" }], { headers: { trace: "t" } });
  await app.producer.send(json, []);
  const dump = memory
    .records("json")
    .map(({ key, value, headers }) => [key, toText(value), toText(headers[0]?.[1] ?? null)]);
  expect(dump).toEqual([
    [null, '{"orderId":"a","sequence":"2"}', "t"],
    [null, '{"orderId":"b"}', "t"],
  ]);
});

test("send() splits what is too large for a request, and rejects nothing for that", async () => {
  const { app, requests } = observe();
  const payload = new Uint8Array(400_000);
  const messages = Array.from({ length: 5 }, (_, n) => ({ orderId: `${n}`, payload }));
  await app.producer.send(orders, messages);
  expect(requests).toEqual([["0", "1"], ["2", "3"], ["4"]]);
});

test("one caller's fault is not another's", async () => {
  const memory = createMemoryDriver({ topics: [{ topic: "orders" }], autoCreateTopics: false });
  const app = createKafkaApp({ driver: memory, clock: memory.clock });
  const nowhere = topic("nowhere", HandleOrderCreatedRequestSchema);
  const results = await Promise.allSettled([
    app.producer.send(orders, [{ orderId: "a" }]),
    app.producer.send(nowhere, [{ orderId: "b" }]),
    app.producer.send(orders, [{ orderId: "c" }]),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(memory.records("orders").map(({ key }) => toText(key))).toEqual(["a", "c"]);
});

test("send() rejects when the broker is away, and connects anew for the next", async () => {
  const { app, memory, connects } = observe();
  await app.producer.send(orders, [{}]);
  memory.fail("send");
  await expect(app.producer.send(orders, [{}])).rejects.toMatchObject({
    code: "unavailable",
    retryable: true,
  });
  await app.producer.send(orders, [{}]);
  expect([memory.records("orders").length, connects.count]).toEqual([2, 2]);
});

test("send() rejects with what the codec says, and sends nothing", async () => {
  const { app, requests } = observe();
  await expect(app.producer.send(orders, [{}, { sequence: 2n ** 70n }])).rejects.toMatchObject({
    name: "ProtokitError",
    code: "encode",
  });
  expect(requests).toEqual([]);
});

test("middleware wraps sends, the first one outermost, and may add headers", async () => {
  const { app, memory } = observe();
  const order: string[] = [];
  app.use(
    (next) => async (call) => {
      order.push("first");
      await next(call);
    },
    (next) => async (call) => {
      order.push("second");
      if (call.kind === "send") {
        call.records = call.records.map((record) => ({
          ...record,
          headers: [...record.headers, ["added", new Uint8Array([1])]],
        }));
      }
      await next(call);
    },
  );
  await app.producer.send(orders, [{}]);
  expect([order, memory.records("orders")[0]?.headers]).toEqual([
    ["first", "second"],
    [["added", new Uint8Array([1])]],
  ]);
});

test("stop() sends what is waiting; later sends are refused", async () => {
  const { app, hold, release, memory } = observe();
  const run = await app.start();
  hold();
  const sent = [{ orderId: "a" }, { orderId: "b" }].map((order) =>
    app.producer.send(orders, [order]),
  );
  const stopped = run.stop();
  await memory.clock.settle();
  release();
  await Promise.all([...sent, stopped]);
  const late = app.producer.send(orders, [{}]).catch(KafkakitError.from);
  expect([memory.records("orders").length, (await late)?.code]).toEqual([2, "stopped"]);
});

test("an app that connects while it sends has one connection, and closes it", async () => {
  const { app, connects } = observe();
  const [run] = await Promise.all([app.start(), app.producer.send(orders, [{ orderId: "a" }])]);
  await run.stop();
  expect(connects).toEqual({ count: 1, open: 0 });
});
