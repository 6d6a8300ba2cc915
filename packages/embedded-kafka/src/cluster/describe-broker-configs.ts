// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { boolean, type ConfigType, int, string } from "../topics/config-type.ts";
import { configSources, type DescribedConfig } from "../topics/describe-topic-configs.ts";
import { topicConfigs } from "../topics/topic-configs.ts";
import type { Cluster } from "./cluster.ts";

/** A config of a broker. */
interface DescribedBrokerConfig extends DescribedConfig {
  /** Whether it is an option of startBroker(), which stays as it is. */
  readonly isOption?: boolean;
}

/** The options of a node under the names of Kafka's configs, the defaults of topics, and what was set. */
export function describeBrokerConfigs(
  { options, brokerConfigs }: Cluster,
  nodeId: number,
): DescribedBrokerConfig[] {
  const maxConnections = Math.min(options.maxConnections, 2 ** 31 - 1);
  const own: readonly (readonly [string, ConfigType, string | number | boolean, string])[] = [
    [
      "auto.create.topics.enable",
      boolean,
      options.autoCreateTopics,
      "Whether a topic comes into being when a client first asks for it.",
    ],
    ["broker.id", int(), nodeId, "Number of the broker."],
    [
      "default.replication.factor",
      int(),
      options.defaultReplicationFactor,
      "Replicas of a topic for which no number is given.",
    ],
    [
      "group.consumer.heartbeat.interval.ms",
      int(),
      options.consumerHeartbeatIntervalMs,
      "How often members of consumer groups are told to send heartbeats.",
    ],
    [
      "group.consumer.session.timeout.ms",
      int(),
      options.consumerSessionTimeoutMs,
      "How long a member of a consumer group may say nothing.",
    ],
    [
      "group.initial.rebalance.delay.ms",
      int(),
      options.groupInitialRebalanceDelayMs,
      "How long the first rebalance of a group waits for more members.",
    ],
    [
      "group.min.session.timeout.ms",
      int(),
      options.minSessionTimeoutMs,
      "Shortest session timeout that a group's member may ask for.",
    ],
    [
      "log.dirs",
      string,
      options.dataDir ?? "",
      "Where data is kept; nothing when it is in memory.",
    ],
    ["max.connections", int(), maxConnections, "Connections at once."],
    ["node.id", int(), nodeId, "Number of the broker."],
    [
      "num.partitions",
      int(),
      options.defaultPartitions,
      "Partitions of a topic for which no number is given.",
    ],
    ["socket.request.max.bytes", int(), options.maxRequestBytes, "Largest request."],
  ];
  const described = own.map(([name, type, value, documentation]) => ({
    ...describe(name, type, `${value}`, configSources.broker, documentation),
    readOnly: true,
    isOption: true,
  }));
  const defaults = [...topicConfigs.values()].flatMap((config) => {
    const { brokerName, type, defaultValue, documentation } = config;
    if (brokerName === undefined) return [];
    return [describe(brokerName, type, defaultValue, configSources.default, documentation)];
  });
  const all = [...described, ...defaults, ...brokerConfigs.describe(`${nodeId}`)];
  const byName = new Map(all.map((config) => [config.name, config]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function describe(
  name: string,
  { code }: ConfigType,
  value: string | null,
  source: number,
  documentation: string,
): DescribedConfig {
  const synonyms = [{ name, value, source }];
  return { name, value, source, synonyms, typeCode: code, documentation };
}
