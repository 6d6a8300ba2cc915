// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Journal } from "../storage/storage.ts";
import { configSources, type DescribedConfig } from "../topics/describe-topic-configs.ts";
import { defaultOf, topicConfig } from "../topics/topic-configs.ts";

type Configs = Readonly<Record<string, string>>;

/** As clusters of Apache Kafka 4.1 and later have it from their beginning (KIP-966). */
const initial: Configs = { "min.insync.replicas": "1" };

/** Configs that clients have set for brokers: for one under its id, for all under "". */
export class BrokerConfigs {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  of(broker: string): Configs {
    const none = broker === "" ? initial : {};
    return (this.#journal.entries.get(broker) ?? none) as Configs;
  }

  /**
   * Sets all configs of a broker, which are valid.
   *
   * @throws {Error} when they cannot be stored
   */
  set(broker: string, configs: Configs): void {
    this.#journal.save(new Map([[broker, { ...configs }]]));
  }

  /** What topics have where nothing was set for them, under the names of their own configs. */
  topicDefaults(): Configs {
    return Object.fromEntries(
      Object.entries(this.of("")).flatMap(([name, value]) => {
        const config = defaultOf(name);
        return config === undefined ? [] : [[config, value]];
      }),
    );
  }

  /** Tells a broker's configs that were set, for it or for all, with what would count without them. */
  describe(broker: string): DescribedConfig[] {
    const all = { configs: this.of(""), source: configSources.allBrokers };
    const one = { configs: this.of(broker), source: configSources.oneBroker };
    const layers = broker === "" ? [all] : [one, all];
    const names = new Set(layers.flatMap(({ configs }) => Object.keys(configs)));
    return [...names].map((name) => {
      const config = topicConfig(defaultOf(name) ?? "");
      // The type of others is not known here, so a value may be a password, as it may be on Kafka.
      const isSensitive = config === undefined;
      const synonyms: { name: string; value: string | null; source: number }[] = layers
        .filter(({ configs }) => Object.hasOwn(configs, name))
        .map(({ configs, source }) => {
          return { name, value: isSensitive ? null : (configs[name] ?? null), source };
        });
      const { value = null, source = configSources.default } = synonyms[0] ?? {};
      if (broker !== "" && config?.brokerName !== undefined) {
        synonyms.push({ name, value: config.defaultValue, source: configSources.default });
      }
      const { documentation = null } = config ?? {};
      const typeCode = config?.type.code ?? 0;
      const readOnly = isSensitive;
      return { name, value, source, synonyms, typeCode, documentation, readOnly, isSensitive };
    });
  }
}
