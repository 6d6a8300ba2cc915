// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { topicConfig, topicConfigs } from "./topic-configs.ts";

/** Where a value comes from (KIP-226). */
export const configSources = { topic: 1, broker: 4, default: 5 } as const;

/** A config with its value, whoever set it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
  /** The values that would count one after the other, if those before were not set. */
  readonly synonyms: readonly Pick<DescribedConfig, "name" | "value" | "source">[];
  /** Number of its type (KIP-569). */
  readonly typeCode: number;
  readonly documentation: string;
}

/** All configs of a topic for which some were set, by their names' order. */
export function describeTopicConfigs(configs: Readonly<Record<string, string>>): DescribedConfig[] {
  const names = new Set([...topicConfigs.keys(), ...Object.keys(configs)]);
  return [...names].sort().flatMap((name) => {
    const config = topicConfig(name);
    if (!config) return [];
    const { defaultValue, brokerName, type, documentation } = config;
    const set = configs[name];
    const own = set === undefined ? [] : [{ name, value: set, source: configSources.topic }];
    const inherited =
      brokerName === undefined
        ? []
        : [{ name: brokerName, value: defaultValue, source: configSources.default }];
    return {
      name,
      value: set ?? defaultValue,
      source: own[0]?.source ?? configSources.default,
      synonyms: [...own, ...inherited],
      typeCode: type.code,
      documentation,
    };
  });
}
