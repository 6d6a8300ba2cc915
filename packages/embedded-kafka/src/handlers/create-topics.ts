// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import type { Cluster } from "../cluster/cluster.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { checkAssignments } from "../topics/check-assignments.ts";
import { describeTopicConfigs } from "../topics/describe-topic-configs.ts";
import { checkTopicConfigs } from "../topics/topic-configs.ts";
import { checkTopicName, maxPartitions } from "../topics/topic-name.ts";
import { type Fault, fault, noFault, repeated, storing } from "./fault.ts";
import type { Handler } from "./handler.ts";

type Wanted = RequestOf<"createTopics">["topics"][number];

/** Makes topics. */
export const createTopics: Handler<"createTopics"> = ({ topics, validateOnly }, { cluster }) => {
  const twice = repeated(topics.map(({ name }) => name));
  const wanted = [...new Map(topics.map((topic) => [topic.name, topic])).values()];
  const counts = wanted.map((topic) => Math.max(0, partitionsOf(topic, cluster)));
  const isExcessive = counts.reduce((sum, count) => sum + count, 0) > maxPartitions;
  return {
    topics: wanted.map((topic) => {
      if (twice.has(topic.name)) return refused(topic, duplicate);
      if (isExcessive) return refused(topic, excessive);
      return create(topic, validateOnly, cluster);
    }),
  };
};

const duplicate = fault("INVALID_REQUEST", "Duplicate topic name.");
const excessive = fault("POLICY_VIOLATION", "Excessively large number of partitions per request.");

const refused = ({ name }: Wanted, { errorCode, errorMessage }: Fault) => ({
  name,
  errorCode,
  errorMessage,
});

function create(topic: Wanted, validateOnly: boolean, cluster: Cluster) {
  const { name } = topic;
  const found = check(topic, cluster);
  if (found) return refused(topic, found);
  const configs = Object.fromEntries(topic.configs.map(({ name, value }) => [name, value ?? ""]));
  const assignments = assignmentsOf(topic);
  const partitions = partitionsOf(topic, cluster);
  const replicationFactor = assignments[0]?.length ?? factorOf(topic, cluster);
  const failed = validateOnly
    ? undefined
    : storing(cluster, `Cannot create the topic '${name}'`, () =>
        cluster.topics.create({ name, partitions, replicationFactor, assignments, configs }),
      );
  if (failed) return refused(topic, failed);
  const made = cluster.topics.get(name);
  return {
    name,
    ...noFault,
    // Kafka tells an id of a topic that is not made too.
    topicId: made?.idBytes ?? randomBytes(16),
    numPartitions: partitions,
    replicationFactor,
    configs: describeTopicConfigs(configs, cluster.brokerConfigs.topicDefaults()).map(
      ({ name, value, source }) => ({
        name,
        value,
        readOnly: false,
        configSource: source,
        isSensitive: false,
      }),
    ),
  };
}

function partitionsOf({ assignments, numPartitions }: Wanted, { options }: Cluster): number {
  if (assignments.length > 0) return assignments.length;
  return numPartitions === -1 ? options.defaultPartitions : numPartitions;
}

function factorOf({ replicationFactor }: Wanted, { options }: Cluster): number {
  return replicationFactor === -1 ? options.defaultReplicationFactor : replicationFactor;
}

function assignmentsOf({ assignments }: Wanted): number[][] {
  return [...assignments].sort((a, b) => a.index - b.index).map(({ brokerIds }) => brokerIds);
}

function check(topic: Wanted, cluster: Cluster): Fault | undefined {
  const { name, configs } = topic;
  if (name === "__cluster_metadata") {
    return fault("INVALID_REQUEST", `Creation of internal topic ${name} is prohibited.`);
  }
  const badName = checkTopicName(name);
  if (badName) return fault("INVALID_TOPIC_EXCEPTION", badName);
  if (cluster.topics.get(name)) {
    return fault("TOPIC_ALREADY_EXISTS", `Topic '${name}' already exists.`);
  }
  const other = cluster.topics.collision(name);
  if (other) {
    const message = `Topic '${name}' collides with existing topic: ${other}`;
    return fault("INVALID_TOPIC_EXCEPTION", message);
  }
  const nulls = configs.filter(({ value }) => value === null).map(({ name }) => name);
  if (nulls.length > 0) {
    const message = `Null value not supported for topic configs: ${nulls.join(",")}`;
    return fault("INVALID_CONFIG", message);
  }
  const entries = configs.map(({ name, value }) => [name, value ?? ""]);
  const badConfig = checkTopicConfigs(Object.fromEntries(entries));
  if (badConfig) return fault("INVALID_CONFIG", badConfig);
  return topic.assignments.length > 0 ? checkChosen(topic, cluster) : checkCounts(topic, cluster);
}

function checkChosen(topic: Wanted, cluster: Cluster): Fault | undefined {
  const { assignments, replicationFactor, numPartitions } = topic;
  const preset = "A manual partition assignment was specified, but";
  if (replicationFactor !== -1) {
    return fault("INVALID_REQUEST", `${preset} replication factor was not set to -1.`);
  }
  if (numPartitions !== -1) {
    return fault("INVALID_REQUEST", `${preset} numPartitions was not set to -1.`);
  }
  const indexes = assignments.map(({ index }) => index);
  const [twice] = repeated(indexes);
  if (twice !== undefined) {
    const message = `Found multiple manual partition assignments for partition ${twice}`;
    return fault("INVALID_REPLICA_ASSIGNMENT", message);
  }
  const reason = checkAssignments(assignmentsOf(topic), cluster);
  if (reason) return fault("INVALID_REPLICA_ASSIGNMENT", reason);
  if (!indexes.every((index) => index >= 0 && index < indexes.length)) {
    const message = "partitions should be a consecutive 0-based integer sequence";
    return fault("INVALID_REPLICA_ASSIGNMENT", message);
  }
  return undefined;
}

function checkCounts(topic: Wanted, cluster: Cluster): Fault | undefined {
  const factor = factorOf(topic, cluster);
  if (factor < 1) {
    const message = "Replication factor must be larger than 0, or -1 to use the default value.";
    return fault("INVALID_REPLICATION_FACTOR", message);
  }
  if (partitionsOf(topic, cluster) < 1) {
    const message = "Number of partitions was set to an invalid non-positive value.";
    return fault("INVALID_PARTITIONS", message);
  }
  const brokers = cluster.nodes.length;
  if (factor > brokers) {
    const reason = `The target replication factor of ${factor} cannot be reached because only ${brokers} broker(s) are registered or some brokers have all their log directories cordoned.`;
    const message = `Unable to replicate the partition ${factor} time(s): ${reason}`;
    return fault("INVALID_REPLICATION_FACTOR", message);
  }
  return undefined;
}
