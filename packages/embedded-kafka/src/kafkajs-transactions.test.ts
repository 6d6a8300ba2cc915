// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Kafka, Producer } from "kafkajs";
import { expect, test } from "vitest";
import { consume, createClient } from "./kafkajs.testing.ts";
import { startBroker } from "./start-broker.ts";

async function createProducer(kafka: Kafka, transactionalId: string) {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return Object.assign(producer, { [Symbol.asyncDispose]: () => producer.disconnect() });
}

async function send(producer: Producer, topic: string, value: string, isCommit: boolean) {
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value }] });
  await (isCommit ? transaction.commit() : transaction.abort());
}

test("kafkajs consumes what it committed, and nothing that it aborted", async () => {
  await using broker = await startBroker({ topics: [{ name: "orders" }] });
  const kafka = createClient(broker.brokers);
  await using producer = await createProducer(kafka, "payments");
  await send(producer, "orders", "one", true);
  await send(producer, "orders", "lost", false);
  await send(producer, "orders", "two", true);
  const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 100 });
  const inbox = await consume(consumer, "orders");
  expect((await inbox.has(2)).map(({ offset, value }) => [offset, value])).toEqual([
    ["0", "one"],
    ["4", "two"],
  ]);
  await consumer.disconnect();
});

test("kafkajs commits offsets with its transaction, or not at all", async () => {
  const topics = [{ name: "orders" }, { name: "invoices" }];
  await using broker = await startBroker({ topics });
  const kafka = createClient(broker.brokers);
  await using producer = await createProducer(kafka, "payments");
  const admin = kafka.admin();
  await admin.connect();
  const committed = async () => {
    const [topic] = await admin.fetchOffsets({ groupId: "g", topics: ["orders"] });
    return topic?.partitions[0]?.offset;
  };
  const process = async (offset: string, isCommit: boolean) => {
    const transaction = await producer.transaction();
    await transaction.send({ topic: "invoices", messages: [{ value: offset }] });
    await transaction.sendOffsets({
      consumerGroupId: "g",
      topics: [{ topic: "orders", partitions: [{ partition: 0, offset }] }],
    });
    await (isCommit ? transaction.commit() : transaction.abort());
    return committed();
  };
  expect([await process("5", false), await process("7", true), await process("9", false)]).toEqual([
    "-1",
    "7",
    "7",
  ]);
  await admin.disconnect();
});

test("kafkajs is told that another producer has taken its transactional id", async () => {
  await using broker = await startBroker({ topics: [{ name: "orders" }] });
  const kafka = createClient(broker.brokers);
  await using first = await createProducer(kafka, "payments");
  const open = await first.transaction();
  await open.send({ topic: "orders", messages: [{ value: "left" }] });
  await using second = await createProducer(kafka, "payments");
  await send(second, "orders", "kept", true);
  await expect(open.commit()).rejects.toMatchObject({ type: "INVALID_PRODUCER_EPOCH" });
  const consumer = kafka.consumer({ groupId: "g", maxWaitTimeInMs: 100 });
  const inbox = await consume(consumer, "orders");
  expect((await inbox.has(1)).map(({ value }) => value)).toEqual(["kept"]);
  await consumer.disconnect();
});
