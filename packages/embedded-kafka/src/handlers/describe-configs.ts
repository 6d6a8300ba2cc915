// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import { defaultTopicConfig, topicConfigNames } from "../topics/topic-configs.ts";
import type { Handler } from "./handler.ts";

const resourceTypes = { topic: 2, broker: 4 } as const;
/** Where a value comes from (KIP-226). */
const sources = { topic: 1, broker: 4, default: 5 } as const;

interface Config {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** Tells the configs of topics and of the broker. */
export const describeConfigs: Handler<"describeConfigs"> = (request, { cluster }) => ({
  results: request.resources.map(({ resourceType, resourceName, configNames }) => {
    const found = configsOf(resourceType, resourceName, cluster);
    const isFound = Array.isArray(found);
    const configs = isFound ? found : [];
    return {
      errorCode: isFound ? errorCodes.NONE : found.errorCode,
      errorMessage: isFound ? null : found.errorMessage,
      resourceType,
      resourceName,
      configs: configs
        .filter(({ name }) => configNames === null || configNames.includes(name))
        .map(({ name, value, source }) => ({
          name,
          value,
          source,
          isDefault: source === sources.default,
          readOnly: resourceType === resourceTypes.broker,
          synonyms: request.includeSynonyms ? [{ name, value, source }] : [],
        })),
    };
  }),
});

function configsOf(
  resourceType: number,
  resourceName: string,
  cluster: Cluster,
): Config[] | { errorCode: number; errorMessage: string } {
  if (resourceType === resourceTypes.topic) {
    const topic = cluster.topics.get(resourceName);
    if (!topic) {
      return {
        errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
        errorMessage: `The topic '${resourceName}' does not exist.`,
      };
    }
    return topicConfigNames.map((name) => {
      const set = topic.configs[name];
      if (set !== undefined) return { name, value: set, source: sources.topic };
      return { name, value: defaultTopicConfig(name) ?? null, source: sources.default };
    });
  }
  if (resourceType === resourceTypes.broker && cluster.nodes[Number(resourceName)]) {
    return Object.entries({
      "auto.create.topics.enable": cluster.options.autoCreateTopics,
      "broker.id": resourceName,
      "default.replication.factor": cluster.options.defaultReplicationFactor,
      "group.min.session.timeout.ms": cluster.options.minSessionTimeoutMs,
      "num.partitions": cluster.options.defaultPartitions,
    }).map(([name, value]) => ({ name, value: String(value), source: sources.broker }));
  }
  return {
    errorCode: errorCodes.INVALID_REQUEST,
    errorMessage: `Cannot describe '${resourceName}' of resource type ${resourceType}`,
  };
}
