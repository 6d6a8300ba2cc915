// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import { describeBrokerConfigs } from "../cluster/describe-broker-configs.ts";
import {
  checkTopicConfigs,
  defaultOf,
  type TopicConfig,
  topicConfig,
} from "../topics/topic-configs.ts";
import {
  type ConfigResource,
  checkNodeId,
  checkResourceName,
  refuseResource,
  resourceTypes,
} from "./config-resources.ts";
import { type Fault, fault } from "./fault.ts";
import type { RequestContext } from "./handler.ts";

export type Configs = Readonly<Record<string, string>>;

/** What has configs that can be changed. */
export interface ConfigTarget {
  /** For messages. */
  readonly title: string;
  /** Those that are set. */
  readonly configs: Configs;
  /** What is known of a config by its name. */
  readonly configOf: (name: string) => TopicConfig | undefined;
  /** Says why these cannot be all that is set; undefined when they can. */
  readonly check: (configs: Configs) => Fault | undefined;
  /** Sets them, once checked. */
  readonly store: (configs: Configs) => void;
}

/** Finds it, or says why its configs cannot be changed. */
export function findConfigTarget(
  resource: ConfigResource,
  { cluster, node }: RequestContext,
): ConfigTarget | Fault {
  const { resourceType, resourceName } = resource;
  switch (resourceType) {
    case resourceTypes.topic:
      return topicTarget(resourceName, cluster);
    case resourceTypes.broker: {
      const reason =
        resourceName === "" ? undefined : checkNodeId(resourceName, node.id, "Node", `${node.id}`);
      return reason ? fault("INVALID_REQUEST", reason) : brokerTarget(resourceName, cluster);
    }
    default:
      return refuseResource(resourceType);
  }
}

function topicTarget(name: string, { topics }: Cluster): ConfigTarget {
  const topic = topics.get(name);
  return {
    title: `the topic '${name}'`,
    configs: topic?.configs ?? {},
    configOf: topicConfig,
    check(configs) {
      const badName = checkResourceName(name);
      if (badName) return badName;
      const invalid = checkTopicConfigs(configs);
      if (invalid) return fault("INVALID_CONFIG", invalid);
      if (topic) return undefined;
      return fault("UNKNOWN_TOPIC_OR_PARTITION", `The topic '${name}' does not exist.`);
    },
    store: (configs) => topics.configure(name, configs),
  };
}

/** One broker; all when the name is empty. */
function brokerTarget(name: string, cluster: Cluster): ConfigTarget {
  const configOf = (config: string) => topicConfig(defaultOf(config) ?? "");
  return {
    title: name === "" ? "all brokers" : `broker ${name}`,
    configs: cluster.brokerConfigs.of(name),
    configOf,
    check(configs) {
      const names = Object.keys(configs);
      const options = describeBrokerConfigs(cluster, 0).filter(({ isOption }) => isOption);
      const fixed = names.filter((config) => options.some(({ name }) => name === config));
      if (fixed.length > 0) {
        const message = `Cannot update these configs dynamically: [${fixed.join(", ")}]`;
        return fault("INVALID_REQUEST", message);
      }
      const shared = names.filter(configOf);
      if (name !== "" && shared.length > 0) {
        const list = shared.join(", ");
        const message = `Cannot update these configs for one broker, as all share the logs: [${list}]`;
        return fault("INVALID_REQUEST", message);
      }
      for (const [config, value] of Object.entries(configs)) {
        const invalid = configOf(config)?.type.check(config, value);
        if (invalid) return fault("INVALID_REQUEST", invalid);
      }
      if (name !== "" || "min.insync.replicas" in configs) return undefined;
      const kept = "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.";
      return fault("INVALID_CONFIG", kept);
    },
    store: (configs) => cluster.configureBrokers(name, configs),
  };
}
