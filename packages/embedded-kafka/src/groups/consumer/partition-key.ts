// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A partition of a topic by the topic's id: "<id in base64url>:<partition>". */
export type PartitionKey = string;

/** Partitions of one topic, as heartbeats list them. */
export interface TopicPartitions {
  /** In base64url. */
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export function partitionKey(topicId: string, partition: number): PartitionKey {
  return `${topicId}:${partition}`;
}

export function topicIdOf(key: PartitionKey): string {
  return key.slice(0, key.lastIndexOf(":"));
}

export function partitionOf(key: PartitionKey): number {
  return Number(key.slice(key.lastIndexOf(":") + 1));
}

/** Every partition that is listed, in the order of the lists. */
export function keysOf(topics: readonly TopicPartitions[]): PartitionKey[] {
  return topics.flatMap(({ topicId, partitions }) =>
    partitions.map((partition) => partitionKey(topicId, partition)),
  );
}

/** Lists partitions by topic, each topic's in ascending order. */
export function byTopic(keys: Iterable<PartitionKey>): TopicPartitions[] {
  const topics = new Map<string, number[]>();
  for (const key of keys) {
    const topicId = topicIdOf(key);
    const partitions = topics.get(topicId) ?? [];
    partitions.push(partitionOf(key));
    topics.set(topicId, partitions);
  }
  return [...topics].map(([topicId, partitions]) => ({
    topicId,
    partitions: partitions.sort((a, b) => a - b),
  }));
}
