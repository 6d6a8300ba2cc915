// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Kafka, logLevel } from "kafkajs";
import { expect, test } from "vitest";
import { startBroker } from "./start-broker.ts";

const client = (brokers: string[]) =>
  new Kafka({ brokers, clientId: "test", logLevel: logLevel.NOTHING, retry: { retries: 2 } });

test("startBroker() serves a produced message to a consumer group", async () => {
  await using broker = await startBroker({ topics: [{ name: "video", partitions: 4 }] });
  const kafka = client(broker.brokers);
  const producer = kafka.producer();
  await producer.connect();
  const sent = await producer.send({
    topic: "video",
    messages: [{ key: "a", value: "one", headers: { trace: "1" }, partition: 2 }],
  });
  const consumer = kafka.consumer({ groupId: "stream" });
  await consumer.connect();
  await consumer.subscribe({ topic: "video", fromBeginning: true });
  const received = Promise.withResolvers<unknown>();
  await consumer.run({
    async eachMessage({ partition, message }) {
      const { offset, key, value, headers } = message;
      received.resolve({
        partition,
        offset,
        key: key?.toString(),
        value: value?.toString(),
        trace: headers?.trace?.toString(),
      });
    },
  });
  expect([sent, await received.promise]).toMatchObject([
    [{ topicName: "video", partition: 2, errorCode: 0, baseOffset: "0" }],
    { partition: 2, offset: "0", key: "a", value: "one", trace: "1" },
  ]);
  await consumer.disconnect();
  await producer.disconnect();
});
