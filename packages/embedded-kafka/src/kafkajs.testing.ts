// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Consumer, Kafka, type KafkaConfig, type KafkaMessage, logLevel } from "kafkajs";

/** A kafkajs client that is silent and does not try for long. */
export function createClient(brokers: string[], config: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers,
    clientId: "test",
    logLevel: logLevel.NOTHING,
    retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 100 },
    ...config,
  });
}

/** A message as text, with where it lies. */
export interface Received {
  partition: number;
  offset: string;
  value: string | undefined;
}

/** What came to a consumer, in its order, and a way to wait for a number of messages. */
export class Inbox {
  readonly messages: Received[] = [];
  readonly #waits = new Set<() => void>();

  add(partition: number, message: KafkaMessage): void {
    const { offset, value } = message;
    this.messages.push({ partition, offset, value: value?.toString() });
    for (const wait of this.#waits) wait();
  }

  /** Resolves when as many messages have come. */
  has(count: number): Promise<Received[]> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.messages.length < count) return;
        this.#waits.delete(check);
        resolve(this.messages);
      };
      this.#waits.add(check);
      check();
    });
  }

  get values(): (string | undefined)[] {
    return this.messages.map(({ value }) => value);
  }
}

/** Runs a consumer from the beginning of a topic into an inbox. */
export async function consume(consumer: Consumer, topic: string): Promise<Inbox> {
  const inbox = new Inbox();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => inbox.add(partition, message),
  });
  return inbox;
}

/** Resolves with the partitions that a consumer gets the next time that it joins its group. */
export function assigned(consumer: Consumer, topic: string): Promise<number[]> {
  return new Promise((resolve) => {
    const stop = consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      stop();
      resolve(payload.memberAssignment[topic] ?? []);
    });
  });
}
