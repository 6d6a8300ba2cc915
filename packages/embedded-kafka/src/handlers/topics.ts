// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { checkTopicConfig } from "../topics/topic-configs.ts";
import { isTopicName, maxPartitions } from "../topics/topic-name.ts";
import type { Handler } from "./handler.ts";

type Fault = readonly [errorCode: number, message: string];
type NewTopic = RequestOf<"createTopics">["topics"][number];

/** Makes topics. */
export const createTopics: Handler<"createTopics"> = (request, { cluster }) => {
  const times = new Map<string, number>();
  for (const { name } of request.topics) times.set(name, (times.get(name) ?? 0) + 1);
  return {
    topics: [...new Map(request.topics.map((topic) => [topic.name, topic])).values()].map(
      (topic) => {
        let fault: Fault | undefined =
          times.get(topic.name) === 1
            ? checkNewTopic(topic, cluster)
            : [errorCodes.INVALID_REQUEST, "Duplicate topic name."];
        if (!fault && !request.validateOnly) {
          const configs = topic.configs.map(({ name, value }) => [name, value ?? ""]);
          fault = storing(cluster, `Cannot create the topic '${topic.name}'`, () =>
            cluster.topics.create({
              name: topic.name,
              partitions: partitionsOf(topic, cluster),
              replicationFactor: replicasOf(topic, cluster),
              assignments: assignmentsOf(topic),
              configs: Object.fromEntries(configs),
            }),
          );
        }
        return {
          name: topic.name,
          errorCode: fault?.[0] ?? errorCodes.NONE,
          errorMessage: fault?.[1] ?? null,
        };
      },
    ),
  };
};

/** Deletes topics, with the offsets that groups committed of them. */
export const deleteTopics: Handler<"deleteTopics"> = ({ topicNames }, { cluster }) => ({
  topics: topicNames.map((name) => {
    const isDeleted = cluster.topics.delete(name);
    if (isDeleted) cluster.groups.forgetTopic(name);
    return { name, errorCode: isDeleted ? errorCodes.NONE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION };
  }),
});

/** Adds partitions to topics. */
export const createPartitions: Handler<"createPartitions"> = (request, { cluster }) => ({
  topics: request.topics.map(({ name, count, assignments }) => {
    let fault = checkGrowth(name, count, assignments, cluster);
    const topic = cluster.topics.get(name);
    if (!fault && topic && !request.validateOnly) {
      fault = storing(cluster, `Cannot add partitions to the topic '${name}'`, () =>
        cluster.topics.grow(
          topic,
          count,
          assignments?.map(({ brokerIds }) => brokerIds),
        ),
      );
    }
    return {
      name,
      errorCode: fault?.[0] ?? errorCodes.NONE,
      errorMessage: fault?.[1] ?? null,
    };
  }),
});

/** Does what may find the disk full or no file to be had. */
function storing(cluster: Cluster, failure: string, action: () => void): Fault | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    const message = `${failure}: ${error instanceof Error ? error.message : String(error)}`;
    cluster.logger.error(message);
    return [errorCodes.KAFKA_STORAGE_ERROR, message];
  }
}

function partitionsOf(topic: NewTopic, cluster: Cluster): number {
  if (topic.assignments.length > 0) return topic.assignments.length;
  return topic.numPartitions === -1 ? cluster.options.defaultPartitions : topic.numPartitions;
}

function replicasOf({ replicationFactor }: NewTopic, { options }: Cluster): number {
  return replicationFactor === -1 ? options.defaultReplicationFactor : replicationFactor;
}

function assignmentsOf({ assignments }: NewTopic): number[][] {
  return [...assignments].sort((a, b) => a.index - b.index).map(({ brokerIds }) => brokerIds);
}

function checkNewTopic(topic: NewTopic, cluster: Cluster): Fault | undefined {
  const { name, replicationFactor, assignments } = topic;
  if (!isTopicName(name))
    return [errorCodes.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: '${name}'`];
  if (cluster.topics.get(name)) {
    return [errorCodes.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`];
  }
  if (assignments.length > 0) {
    if (topic.numPartitions !== -1 || replicationFactor !== -1) {
      return [
        errorCodes.INVALID_REQUEST,
        "Both numPartitions or replicationFactor and replicasAssignments were set.",
      ];
    }
    const indexes = new Set(assignments.map(({ index }) => index));
    const isDense = assignments.every((_, at) => indexes.has(at));
    if (!isDense || !assignments.every(({ brokerIds }) => areNodes(brokerIds, cluster))) {
      return [errorCodes.INVALID_REPLICA_ASSIGNMENT, "A broker is unknown or named twice."];
    }
  } else if (replicasOf(topic, cluster) < 1 || replicasOf(topic, cluster) > cluster.nodes.length) {
    return [
      errorCodes.INVALID_REPLICATION_FACTOR,
      `Replication factor is ${replicationFactor}, but there is one cluster.`,
    ];
  }
  const partitions = partitionsOf(topic, cluster);
  if (partitions < 1 || partitions > maxPartitions) {
    return [
      errorCodes.INVALID_PARTITIONS,
      `Number of partitions must be 1 to ${maxPartitions}: ${partitions}`,
    ];
  }
  for (const { name: config, value } of topic.configs) {
    const fault = checkTopicConfig(config, value);
    if (fault) return [errorCodes.INVALID_CONFIG, fault];
  }
  return undefined;
}

function checkGrowth(
  name: string,
  count: number,
  assignments: readonly { brokerIds: number[] }[] | null,
  cluster: Cluster,
): Fault | undefined {
  const current = cluster.topics.get(name)?.partitions.length;
  if (current === undefined) {
    return [errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`];
  }
  if (count <= current || count > maxPartitions) {
    return [
      errorCodes.INVALID_PARTITIONS,
      `Topic has ${current} partitions, so the new number must be more, up to ${maxPartitions}: ${count}`,
    ];
  }
  if (assignments === null) return undefined;
  if (assignments.length !== count - current) {
    return [
      errorCodes.INVALID_REPLICA_ASSIGNMENT,
      `${count - current} partitions are added, but ${assignments.length} are assigned.`,
    ];
  }
  if (!assignments.every(({ brokerIds }) => areNodes(brokerIds, cluster))) {
    return [errorCodes.INVALID_REPLICA_ASSIGNMENT, "A broker is unknown or named twice."];
  }
  return undefined;
}

function areNodes(brokerIds: readonly number[], { nodes }: Cluster): boolean {
  const isUnique = new Set(brokerIds).size === brokerIds.length;
  return brokerIds.length > 0 && isUnique && brokerIds.every((id) => nodes[id]);
}
