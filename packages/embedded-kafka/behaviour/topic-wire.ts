// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RawClient } from "../src/raw-client.testing.ts";
import { errorName, only, until } from "./wire.ts";

/** A topic to be made as asked, whether that can be or not. */
export interface NewTopic {
  name: string;
  numPartitions: number;
  replicationFactor?: number;
  /** Of each partition, its brokers. */
  assignments?: number[][];
  configs?: Record<string, string | null>;
}

/** Asks for a topic; gives what is answered for it. */
export async function create(client: RawClient, topic: NewTopic, validateOnly = false) {
  const { replicationFactor = 1, assignments = [], configs = {} } = topic;
  const { topics } = await client.call("createTopics", 7, {
    timeoutMs: 10_000,
    validateOnly,
    topics: [
      {
        ...topic,
        replicationFactor,
        assignments: assignments.map((brokerIds, index) => ({ index, brokerIds })),
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  });
  const made = only(topics);
  return { ...made, error: errorName(made.errorCode) };
}

/** What Metadata says of a topic alone. */
export async function errorOf(client: RawClient, name: string) {
  const asked = { topics: [{ name }], allowAutoTopicCreation: false };
  return errorName(only((await client.call("metadata", 9, asked)).topics).errorCode);
}

/** Topics as soon as they are known with so many partitions. */
export async function describeTopics(client: RawClient, names: string[], partitions: number) {
  const topics = names.map((name) => ({ name }));
  const answer = await until(
    () => client.call("metadata", 12, { topics, allowAutoTopicCreation: false }),
    (metadata) => metadata.topics.every((topic) => topic.partitions.length === partitions),
  );
  for (const topic of answer.topics) topic.partitions.sort((a, b) => a.index - b.index);
  return answer.topics;
}
