// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { Consumer, Producer } from "@platformatic/kafka";
import type { BenchBroker } from "./bench-broker.ts";
import { type BenchClient, countArrivals, timeSends } from "./bench-client.ts";

/** @platformatic/kafka, with its defaults but for commits: kafkajs's benches commit little. */
export const platformaticClient: BenchClient = {
  name: "platformatic",
  async produce(broker, load) {
    const { topic, value, batchSize } = load;
    const producer = new Producer(base(broker));
    const messages = Array.from({ length: batchSize }, () => ({ topic, value }));
    const rate = await timeSends(load, () => producer.send({ messages, acks: -1 }));
    await producer.close();
    return rate;
  },
  async consume(broker, topic, count) {
    const arrivals = countArrivals(count);
    const { stream, consumer } = await streamOf(broker, topic);
    arrivals.begin();
    stream.on("data", () => arrivals.arrive(1));
    const rate = await arrivals.rate;
    await consumer.close(true);
    return rate;
  },
  async echo(broker, topic, receive) {
    const producer = new Producer(base(broker));
    const { stream, consumer } = await streamOf(broker, topic);
    stream.on("data", ({ value }) => receive(value as Buffer));
    return {
      send: (value) => producer.send({ messages: [{ topic, value }], acks: -1 }),
      close: () => Promise.all([producer.close(), consumer.close(true)]),
    };
  },
};

function base({ port }: BenchBroker) {
  return { clientId: "bench", bootstrapBrokers: [`127.0.0.1:${port}`] };
}

async function streamOf(broker: BenchBroker, topic: string) {
  const consumer = new Consumer({ ...base(broker), groupId: topic });
  const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
  return { consumer, stream };
}
