// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { isTopicName } from "../topics/topic-catalog.ts";
import { checkTopicConfig } from "../topics/topic-configs.ts";
import { type BrokerState, type Handler, nodeId } from "./handler.ts";

/** A slip in a number must not make a million logs. */
export const maxPartitions = 10_000;

type Fault = readonly [errorCode: number, message: string];
type NewTopic = RequestOf<"createTopics">["topics"][number];

/** Makes topics. */
export const createTopics: Handler<"createTopics"> = (request, { broker }) => {
  const times = new Map<string, number>();
  for (const { name } of request.topics) times.set(name, (times.get(name) ?? 0) + 1);
  return {
    topics: [...new Map(request.topics.map((topic) => [topic.name, topic])).values()].map(
      (topic) => {
        let fault: Fault | undefined =
          times.get(topic.name) === 1
            ? checkNewTopic(topic, broker)
            : [errorCodes.INVALID_REQUEST, "Duplicate topic name."];
        if (!fault && !request.validateOnly) {
          const configs = topic.configs.map(({ name, value }) => [name, value ?? ""]);
          fault = storing(broker, `Cannot create the topic '${topic.name}'`, () =>
            broker.topics.create(
              topic.name,
              partitionsOf(topic, broker),
              Object.fromEntries(configs),
            ),
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
export const deleteTopics: Handler<"deleteTopics"> = ({ topicNames }, { broker }) => ({
  topics: topicNames.map((name) => {
    const isDeleted = broker.topics.delete(name);
    if (isDeleted) broker.groups.forgetTopic(name);
    return { name, errorCode: isDeleted ? errorCodes.NONE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION };
  }),
});

/** Adds partitions to topics. */
export const createPartitions: Handler<"createPartitions"> = (request, { broker }) => ({
  topics: request.topics.map(({ name, count, assignments }) => {
    let fault = checkGrowth(name, count, assignments, broker);
    const topic = broker.topics.get(name);
    if (!fault && topic && !request.validateOnly) {
      fault = storing(broker, `Cannot add partitions to the topic '${name}'`, () =>
        broker.topics.grow(topic, count),
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
function storing(broker: BrokerState, failure: string, action: () => void): Fault | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    const message = `${failure}: ${error instanceof Error ? error.message : String(error)}`;
    broker.logger.error(message);
    return [errorCodes.KAFKA_STORAGE_ERROR, message];
  }
}

function partitionsOf(topic: NewTopic, broker: BrokerState): number {
  if (topic.assignments.length > 0) return topic.assignments.length;
  return topic.numPartitions === -1 ? broker.defaultPartitions : topic.numPartitions;
}

function checkNewTopic(topic: NewTopic, broker: BrokerState): Fault | undefined {
  const { name, replicationFactor, assignments } = topic;
  if (!isTopicName(name))
    return [errorCodes.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: '${name}'`];
  if (broker.topics.get(name)) {
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
    if (!isDense || !assignments.every(({ brokerIds }) => isThisBroker(brokerIds))) {
      return [errorCodes.INVALID_REPLICA_ASSIGNMENT, `There is one broker, with id ${nodeId}.`];
    }
  } else if (replicationFactor !== -1 && replicationFactor !== 1) {
    return [
      errorCodes.INVALID_REPLICATION_FACTOR,
      `Replication factor is ${replicationFactor}, but there is one broker.`,
    ];
  }
  const partitions = partitionsOf(topic, broker);
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
  broker: BrokerState,
): Fault | undefined {
  const current = broker.topics.get(name)?.partitions.length;
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
  if (!assignments.every(({ brokerIds }) => isThisBroker(brokerIds))) {
    return [errorCodes.INVALID_REPLICA_ASSIGNMENT, `There is one broker, with id ${nodeId}.`];
  }
  return undefined;
}

function isThisBroker(brokerIds: readonly number[]): boolean {
  return brokerIds.length === 1 && brokerIds[0] === nodeId;
}
