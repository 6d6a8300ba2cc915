// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { PartitionLog } from "../log/partition-log.ts";
import type { Logger } from "../logger.ts";
import type { Storage, StoredTopic } from "../storage/storage.ts";
import { defaultTopicConfig, isEffective } from "./topic-configs.ts";

/** A topic and its partitions' logs. */
export interface Topic {
  readonly id: number;
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
  #nextId = 0;

  constructor(storage: Storage, logger: Logger) {
    this.#storage = storage;
    this.#logger = logger;
    try {
      for (const topic of storage.topics) this.#open(topic);
    } catch (error) {
      this.close();
      throw error;
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
    const topic = this.#open({ id: this.#nextId, name, partitions, configs });
    this.#saveOr(() => {
      this.#topics.delete(name);
      this.#discard(topic);
    });
    return topic;
  }

  /** Adds partitions up to the count. */
  grow(topic: Topic, count: number): void {
    const before = topic.partitions.length;
    topic.partitions.push(...this.#openPartitions(stored(topic), before, count));
    this.#saveOr(() => closeAll(topic.partitions.splice(before)));
  }

  /** Deletes a topic with everything in it. Returns false when there is none of that name. */
  delete(name: string): boolean {
    const topic = this.#topics.get(name);
    if (!topic) return false;
    this.#topics.delete(name);
    // Before the files: a topic that is listed has its records, whenever the process is killed.
    this.#saveOr(() => this.#topics.set(name, topic));
    this.#discard(topic);
    return true;
  }

  close(): void {
    for (const topic of this.#topics.values()) closeAll(topic.partitions);
  }

  #open(stored: StoredTopic): Topic {
    const { id, name, partitions, configs } = stored;
    const topic: Topic = {
      id,
      name,
      configs,
      partitions: this.#openPartitions(stored, 0, partitions),
      maxMessageBytes: Number(
        configs["max.message.bytes"] ?? defaultTopicConfig("max.message.bytes"),
      ),
    };
    this.#topics.set(name, topic);
    this.#nextId = Math.max(this.#nextId, id + 1);
    return topic;
  }

  /** Opens the logs of the partitions from the first to before the end: all of them or none. */
  #openPartitions(topic: StoredTopic, first: number, end: number): PartitionLog[] {
    const logs: PartitionLog[] = [];
    try {
      for (let at = first; at < end; at++) logs.push(this.#openPartition(topic, at));
      return logs;
    } catch (error) {
      closeAll(logs);
      throw error;
    }
  }

  #openPartition(topic: StoredTopic, partition: number): PartitionLog {
    return new PartitionLog(this.#storage.openLog(topic, partition), (cut) => {
      this.#logger.warn(`Cut what was half written at the end of ${topic.name}-${partition}`, cut);
    });
  }

  #discard(topic: Topic): void {
    closeAll(topic.partitions);
    this.#storage.removeLogs(stored(topic));
  }

  /** Saves the topics, or undoes the change and throws. */
  #saveOr(undo: () => void): void {
    try {
      this.#storage.saveTopics([...this.#topics.values()].map(stored));
    } catch (error) {
      undo();
      throw error;
    }
  }
}

function closeAll(logs: readonly PartitionLog[]): void {
  for (const log of logs) log.close();
}

function stored({ id, name, configs, partitions }: Topic): StoredTopic {
  return { id, name, partitions: partitions.length, configs };
}

/** Says whether a name may be a topic's, by Kafka's rules. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== "..";
}
