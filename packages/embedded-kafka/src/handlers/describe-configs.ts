// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeBrokerConfigs } from "../cluster/describe-broker-configs.ts";
import { type DescribedConfig, describeTopicConfigs } from "../topics/describe-topic-configs.ts";
import { checkTopicName } from "../topics/topic-name.ts";
import { type ConfigResource, checkNodeId, resourceTypes } from "./config-resources.ts";
import { type Fault, fault, noFault } from "./fault.ts";
import type { Handler, RequestContext } from "./handler.ts";

/** Tells the configs of topics and of the broker. */
export const describeConfigs: Handler<"describeConfigs"> = (request, context) => ({
  results: request.resources.map(({ resourceType, resourceName, configNames }) => {
    const resource = { resourceType, resourceName };
    const found = find(resource, context);
    if (isFault(found)) return { ...found, ...resource, configs: [] };
    const isWanted = ({ name }: DescribedConfig) =>
      !configNames || configNames.length === 0 || configNames.includes(name);
    return {
      ...noFault,
      errorMessage: "",
      ...resource,
      configs: found.filter(isWanted).map(({ name, value, source, ...config }) => ({
        name,
        value,
        source,
        readOnly: config.readOnly ?? false,
        isSensitive: config.isSensitive ?? false,
        synonyms: request.includeSynonyms ? config.synonyms : [],
        configType: config.typeCode,
        documentation: request.includeDocumentation ? config.documentation : null,
      })),
    };
  }),
});

const isFault = (found: readonly DescribedConfig[] | Fault): found is Fault => "errorCode" in found;

function find(
  { resourceType, resourceName }: ConfigResource,
  { cluster, node }: RequestContext,
): readonly DescribedConfig[] | Fault {
  switch (resourceType) {
    case resourceTypes.topic: {
      const badName = checkTopicName(resourceName);
      if (badName) return fault("INVALID_TOPIC_EXCEPTION", badName);
      const topic = cluster.topics.get(resourceName);
      return topic
        ? describeTopicConfigs(topic.configs, cluster.brokerConfigs.topicDefaults())
        : fault("UNKNOWN_TOPIC_OR_PARTITION", "");
    }
    case resourceTypes.broker: {
      if (resourceName === "") return cluster.brokerConfigs.describe("");
      const expected = `${node.id} or empty string`;
      const reason = checkNodeId(resourceName, node.id, "Broker", expected);
      return reason ? fault("INVALID_REQUEST", reason) : describeBrokerConfigs(cluster, node.id);
    }
    // There are such resources on Kafka, and here they have no configs.
    case resourceTypes.brokerLogger:
    case resourceTypes.clientMetrics:
    case resourceTypes.group:
      return [];
    default:
      return fault("INVALID_REQUEST", `Unknown resource type ${resourceType}`);
  }
}
