// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { PartitionLog } from "../log/partition-log.ts";
import type { Logger } from "../logger.ts";
import type { Storage } from "../storage/storage.ts";
import { defaultTopicConfig, isEffective } from "./topic-configs.ts";

/** A topic and its partitions' logs. */
export interface Topic {
  readonly name: string;
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: PartitionLog[];
  /** Largest batch that may be produced. */
  readonly maxMessageBytes: number;
}

/** The topics of the broker. */
export class TopicCatalog {
  readonly #topics = new Map<string, Topic>();
  readonly #storage: Storage;
  readonly #logger: Logger;

  constructor(storage: Storage, logger: Logger) {
    this.#storage = storage;
    this.#logger = logger;
    for (const { name, partitions, configs } of storage.topics) {
      this.#open(name, partitions, configs);
    }
  }

  /** All topics, in the order in which they were made. */
  get topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** The log of a partition; undefined when the topic or the partition does not exist. */
  partition(topic: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /** Makes a topic that is not there yet. */
  create(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Topic {
    for (const config of Object.keys(configs).filter((config) => !isEffective(config))) {
      this.#logger.warn(`Config '${config}' of topic '${name}' is kept but changes nothing here`);
    }
    // Logs of a topic of that name whose deletion was cut short must not come back.
    this.#storage.removeLogs(name);
    const topic = this.#open(name, partitions, configs);
    this.#save();
    return topic;
  }

  /** Adds partitions up to the count. */
  grow(topic: Topic, count: number): void {
    for (let partition = topic.partitions.length; partition < count; partition++) {
      topic.partitions.push(this.#openPartition(topic.name, partition));
    }
    this.#save();
  }

  /** Deletes a topic with everything in it. Returns false when there is none of that name. */
  delete(name: string): boolean {
    const topic = this.#topics.get(name);
    if (!topic) return false;
    this.#topics.delete(name);
    // Before the files: a topic that is listed has its records, whenever the process is killed.
    this.#save();
    for (const log of topic.partitions) log.close();
    this.#storage.removeLogs(name);
    return true;
  }

  close(): void {
    for (const topic of this.#topics.values()) for (const log of topic.partitions) log.close();
  }

  #open(name: string, partitions: number, configs: Readonly<Record<string, string>>): Topic {
    const topic: Topic = {
      name,
      configs,
      partitions: Array.from({ length: partitions }, (_, at) => this.#openPartition(name, at)),
      maxMessageBytes: Number(
        configs["max.message.bytes"] ?? defaultTopicConfig("max.message.bytes"),
      ),
    };
    this.#topics.set(name, topic);
    return topic;
  }

  #openPartition(topic: string, partition: number): PartitionLog {
    return new PartitionLog(this.#storage.openLog(topic, partition), (cut) => {
      this.#logger.warn(`Cut what was half written at the end of ${topic}-${partition}`, cut);
    });
  }

  #save(): void {
    this.#storage.saveTopics(
      [...this.#topics.values()].map(({ name, configs, partitions }) => ({
        name,
        partitions: partitions.length,
        configs,
      })),
    );
  }
}

/** Says whether a name may be a topic's, by Kafka's rules. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== "..";
}
