// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { brokerNameOf, topicConfig, topicConfigs } from "./topic-configs.ts";

/** Where a value comes from (KIP-226). */
export const configSources = {
  topic: 1,
  oneBroker: 2,
  allBrokers: 3,
  broker: 4,
  default: 5,
} as const;

/** A config with its value, whoever set it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
  /** The values that would count one after the other, if those before were not set. */
  readonly synonyms: readonly Pick<DescribedConfig, "name" | "value" | "source">[];
  /** Number of its type (KIP-569). */
  readonly typeCode: number;
  readonly documentation: string | null;
  /** Default false. */
  readonly readOnly?: boolean;
  /** Whether its value is not told. Default false. */
  readonly isSensitive?: boolean;
}

/** All configs of a topic by their names' order: what was set for it, for all topics, or for none. */
export function describeTopicConfigs(
  configs: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
): DescribedConfig[] {
  const names = new Set([...topicConfigs.keys(), ...Object.keys(configs)]);
  return [...names].sort().flatMap((name) => {
    const config = topicConfig(name);
    if (!config) return [];
    const { defaultValue, brokerName, type, documentation } = config;
    const [own, general] = [configs[name], defaults[name]];
    const generalName = brokerNameOf(name) ?? name;
    const { topic, allBrokers, default: byDefault } = configSources;
    const set = [
      ...(own === undefined ? [] : [{ name, value: own, source: topic }]),
      ...(general === undefined ? [] : [{ name: generalName, value: general, source: allBrokers }]),
    ];
    const inherited =
      brokerName === undefined
        ? []
        : [{ name: brokerName, value: defaultValue, source: byDefault }];
    return {
      name,
      value: set[0]?.value ?? defaultValue,
      source: set[0]?.source ?? byDefault,
      synonyms: [...set, ...inherited],
      typeCode: type.code,
      documentation,
    };
  });
}
