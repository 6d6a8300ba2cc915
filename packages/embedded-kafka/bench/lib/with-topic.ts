// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomUUID } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import type { BenchBroker } from "./bench-broker.ts";
import { findEnds } from "./find-ends.ts";

/** Makes a topic of so many partitions, for as long as an action lasts. */
export async function withTopic<T>(
  broker: BenchBroker,
  numPartitions: number,
  action: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = randomUUID();
  const kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions }] });
    await findEnds(broker, topic, numPartitions);
    const result = await action(topic);
    await admin.deleteTopics({ topics: [topic] });
    return result;
  } finally {
    await admin.disconnect();
  }
}
