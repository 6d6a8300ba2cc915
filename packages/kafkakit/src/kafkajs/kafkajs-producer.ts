// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Producer } from "kafkajs";
import type { DriverProducer, ProducerRecord } from "../driver.ts";
import { KafkakitError } from "../kafkakit-error.ts";
import { toKafkakitError } from "./errors.ts";
import { toTopicMessages } from "./records.ts";

/** How many replicas must have a record before it counts as sent: -1 all in sync, 1 the leader, 0 none. */
export type Acks = -1 | 0 | 1;

export class KafkajsProducer implements DriverProducer {
  readonly #producer: Producer;
  readonly #acks: Acks;
  readonly #brokers: string;

  constructor(producer: Producer, acks: Acks, brokers: string) {
    this.#producer = producer;
    this.#acks = acks;
    this.#brokers = brokers;
  }

  async connect(): Promise<void> {
    try {
      await this.#producer.connect();
    } catch (reason) {
      throw toKafkakitError(reason, `connect to ${this.#brokers}`);
    }
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    const topicMessages = toTopicMessages(records);
    try {
      await this.#producer.sendBatch({ acks: this.#acks, topicMessages });
    } catch (reason) {
      const topics = topicMessages.map(({ topic }) => `'${topic}'`).join(", ");
      const error = toKafkakitError(reason, `send to ${topics}`);
      if (error.code !== "unknown_topic") throw error;
      // kafkajs has tried for seconds, and would have had it created if that were allowed.
      throw new KafkakitError(error.message, { code: "unknown_topic", cause: reason });
    }
  }

  async disconnect(): Promise<void> {
    await this.#producer.disconnect().catch(() => {});
  }
}
