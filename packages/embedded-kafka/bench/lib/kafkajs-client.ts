// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Consumer, Kafka, logLevel, Partitioners } from "kafkajs";
import type { BenchBroker } from "./bench-broker.ts";
import { type BenchClient, countArrivals, timeSends } from "./bench-client.ts";

/** kafkajs, with its defaults. */
export const kafkajsClient: BenchClient = {
  name: "kafkajs",
  async produce(broker, load) {
    const { topic, value, batchSize } = load;
    const producer = kafkaOf(broker).producer({ createPartitioner });
    await producer.connect();
    const messages = Array.from({ length: batchSize }, () => ({ value }));
    const rate = await timeSends(load, () => producer.send({ topic, messages }));
    await producer.disconnect();
    return rate;
  },
  async consume(broker, topic, count) {
    const arrivals = countArrivals(count);
    const consumer = await consumerOf(broker, topic);
    consumer.on(consumer.events.GROUP_JOIN, arrivals.begin);
    await consumer.run({
      async eachBatch({ batch }) {
        arrivals.arrive(batch.messages.length);
      },
    });
    const rate = await arrivals.rate;
    await consumer.disconnect();
    return rate;
  },
  async echo(broker, topic, receive) {
    const producer = kafkaOf(broker).producer({ createPartitioner });
    await producer.connect();
    const consumer = await consumerOf(broker, topic);
    await consumer.run({
      async eachBatch({ batch }) {
        for (const { value } of batch.messages) receive(value as Buffer);
      },
    });
    return {
      send: (value) => producer.send({ topic, messages: [{ value }] }),
      close: () => Promise.all([producer.disconnect(), consumer.disconnect()]),
    };
  },
};

const createPartitioner = Partitioners.DefaultPartitioner;

function kafkaOf({ port }: BenchBroker): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
}

async function consumerOf(broker: BenchBroker, topic: string): Promise<Consumer> {
  const consumer = kafkaOf(broker).consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  return consumer;
}
