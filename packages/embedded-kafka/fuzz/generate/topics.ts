// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Dice, type Generator, operation, topics } from "./dice.ts";

const configs: readonly (readonly [name: string, values: readonly (string | null)[]])[] = [
  ["cleanup.policy", ["delete", "compact", "compact,delete", "none", ""]],
  ["retention.ms", ["-1", "86400000", "x", "-2"]],
  ["retention.bytes", ["-1", "100000000", "-5"]],
  ["max.message.bytes", ["200", "1000012", "-1", "1e3"]],
  ["message.timestamp.type", ["LogAppendTime", "CreateTime", "Never"]],
  ["message.timestamp.before.max.ms", ["1000", "9223372036854775807"]],
  ["segment.bytes", ["1048576", "1", "2147483648"]],
  ["min.insync.replicas", ["1", "2", "0"]],
  ["compression.type", ["producer", "gzip", "uncompressed", "lz4", "brotli"]],
  ["unclean.leader.election.enable", ["true", "false", "maybe"]],
  ["flush.messages", ["1", "0"]],
  ["no.such.config", ["1"]],
];

function config(dice: Dice): { name: string; value: string | null } {
  const [name, values] = dice.pick(configs);
  return { name, value: dice.mostly(dice.pick(values), [null]) };
}

const createTopics: Generator = (dice) =>
  operation("createTopics", dice.version("createTopics"), {
    topics: dice.some(topics).map((name) => ({
      name: dice.mostly(name, ["~a b", "", "..", `~${"x".repeat(250)}`, topics[0]]),
      ...(dice.chance(0.9)
        ? {
            numPartitions: dice.mostly(1 + dice.below(3), [-1, 0, -2]),
            replicationFactor: dice.mostly(1, [-1, 0, 2, -2]),
            assignments: [],
          }
        : {
            numPartitions: dice.mostly(-1, [1]),
            replicationFactor: dice.mostly(-1, [1]),
            assignments: Array.from({ length: 1 + dice.below(3) }, (_, index) => ({
              index: dice.mostly(index, [5]),
              brokerIds: dice.mostly([0], [[], [0, 0], [9], [-1]]),
            })),
          }),
      configs: dice.chance(0.4) ? [config(dice)] : [],
    })),
    timeoutMs: 10_000,
    validateOnly: dice.chance(0.1),
  });

/** The first of a sequence: without topics there is little to do. */
export const createAll: Generator = (dice) =>
  operation("createTopics", 7, {
    topics: topics.slice(0, dice.chance(0.7) ? 3 : 2).map((name) => ({
      name,
      numPartitions: 1 + dice.below(2),
      replicationFactor: 1,
      assignments: [],
      configs: dice.chance(0.15) ? [config(dice)] : [],
    })),
    timeoutMs: 10_000,
  });

const deleteTopics: Generator = (dice) => {
  const version = dice.version("deleteTopics");
  const names = [dice.topic()];
  return operation("deleteTopics", version, {
    ...(version < 6
      ? { topicNames: names }
      : {
          topics: names.map((name) =>
            dice.chance(0.5) ? { name } : { name: null, topicId: { ref: "topicId", topic: name } },
          ),
        }),
    timeoutMs: 10_000,
  });
};

const createPartitions: Generator = (dice) =>
  operation("createPartitions", dice.version("createPartitions"), {
    topics: [
      {
        name: dice.topic(),
        count: dice.mostly(2 + dice.below(3), [0, -1, 1]),
        assignments: dice.mostly(null, [[{ brokerIds: [0] }], [{ brokerIds: [] }], []]),
      },
    ],
    timeoutMs: 10_000,
    validateOnly: dice.chance(0.1),
  });

const topicResource = 2;

function resource(dice: Dice) {
  return { resourceType: topicResource, resourceName: dice.topic() };
}

const describeConfigs: Generator = (dice) =>
  operation("describeConfigs", dice.version("describeConfigs"), {
    resources: [
      {
        ...resource(dice),
        configNames: dice.chance(0.4)
          ? null
          : dice.chance(0.1)
            ? []
            : [config(dice).name, config(dice).name],
      },
    ],
    includeSynonyms: dice.chance(0.5),
  });

const alterConfigs: Generator = (dice) =>
  operation("alterConfigs", dice.version("alterConfigs"), {
    resources: [{ ...resource(dice), configs: [config(dice)] }],
    validateOnly: dice.chance(0.2),
  });

const incrementalAlterConfigs: Generator = (dice) =>
  operation("incrementalAlterConfigs", dice.version("incrementalAlterConfigs"), {
    resources: [
      {
        ...resource(dice),
        configs: Array.from({ length: 1 + dice.below(2) }, () => ({
          ...config(dice),
          configOperation: dice.mostly(dice.pick([0, 0, 1, 2, 3]), [4, -1]),
        })),
      },
    ],
    validateOnly: dice.chance(0.2),
  });

const metadata: Generator = (dice) => {
  const version = dice.version("metadata");
  const name = dice.topic();
  const byId = version >= 12 && dice.chance(0.3);
  return operation("metadata", version, {
    topics:
      version > 0 && dice.chance(0.15)
        ? null
        : [byId ? { topicId: { ref: "topicId", topic: name }, name: null } : { name }],
    allowAutoTopicCreation: version >= 4 ? dice.chance(0.1) : true,
    includeTopicAuthorizedOperations: dice.chance(0.2),
    includeClusterAuthorizedOperations: dice.chance(0.2),
  });
};

const describeTopicPartitions: Generator = (dice) =>
  operation("describeTopicPartitions", 0, {
    topics: dice.some(topics).map((name) => ({ name: dice.mostly(name, ["~unknown", ""]) })),
    responsePartitionLimit: dice.mostly(2_000, [1, 2]),
    cursor: dice.mostly(null, [{ topicName: topics[0], partitionIndex: 1 }]),
  });

const describeLogDirs: Generator = (dice) =>
  operation("describeLogDirs", dice.version("describeLogDirs"), {
    topics: dice.some(topics).map((name) => ({ name, partitions: [0, 1] })),
  });

const describeCluster: Generator = (dice) =>
  operation("describeCluster", dice.version("describeCluster"), {
    includeClusterAuthorizedOperations: dice.chance(0.5),
    endpointType: dice.mostly(1, [2, 3]),
  });

const electLeaders: Generator = (dice) =>
  operation("electLeaders", dice.version("electLeaders"), {
    electionType: dice.mostly(0, [1, 2]),
    topics: [{ name: dice.topic(), partitions: [dice.partition()] }],
    timeoutMs: 5_000,
  });

export const topicOperations: readonly Generator[] = [
  createTopics,
  createTopics,
  deleteTopics,
  createPartitions,
  describeConfigs,
  describeConfigs,
  alterConfigs,
  incrementalAlterConfigs,
  incrementalAlterConfigs,
  metadata,
  metadata,
  describeTopicPartitions,
  describeLogDirs,
  describeCluster,
  electLeaders,
];
