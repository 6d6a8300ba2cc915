// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { elect, type IsRunning, type Placed, place, spread } from "../cluster/placement.ts";
import { PartitionLog } from "../log/partition-log.ts";
import type { Logger } from "../logger.ts";
import type { Journal, Storage } from "../storage/storage.ts";
import { defaultTopicConfig, isEffective } from "./topic-configs.ts";

/** A partition: its log, and the nodes that may lead it. */
export interface Partition extends Placed {
  readonly log: PartitionLog;
}

/** A topic and its partitions. */
export interface Topic {
  /** Its UUID (KIP-516), 16 bytes in base64url: it tells topics of the same name apart. */
  readonly id: string;
  readonly name: string;
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: Partition[];
  /** Largest batch that may be produced. */
  readonly maxMessageBytes: number;
}

/** A topic to make. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Default 1. */
  readonly replicationFactor?: number;
  /** Nodes for each partition, where a client has chosen them. */
  readonly assignments?: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

/** A topic as it is kept, under its name. */
interface StoredTopic {
  readonly id: string;
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: readonly Placed[];
}

/** Options of {@link TopicCatalog}. */
export interface TopicCatalogOptions {
  readonly storage: Storage;
  readonly logger: Logger;
  /** Ids of all nodes. */
  readonly nodeIds: readonly number[];
  readonly isRunning: IsRunning;
}

/** The topics of the cluster. */
export class TopicCatalog {
  readonly #topics = new Map<string, Topic>();
  readonly #ids = new Map<string, Topic>();
  readonly #storage: Storage;
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #nodeIds: readonly number[];
  readonly #isRunning: IsRunning;

  constructor({ storage, logger, nodeIds, isRunning }: TopicCatalogOptions) {
    this.#storage = storage;
    this.#journal = storage.journal("topics");
    this.#logger = logger;
    this.#nodeIds = nodeIds;
    this.#isRunning = isRunning;
    try {
      for (const [name, stored] of this.#journal.entries) this.#reopen(name, stored as StoredTopic);
      storage.keepLogs(this.topics);
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

  /** The topic with a UUID in base64url. */
  byId(id: string): Topic | undefined {
    return this.#ids.get(id);
  }

  /** A partition; undefined when the topic or the partition does not exist. */
  partition(topic: string, partition: number): Partition | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /** Makes a topic that is not there yet. */
  create({ name, partitions, replicationFactor = 1, assignments, configs = {} }: NewTopic): Topic {
    for (const config of Object.keys(configs).filter((config) => !isEffective(config))) {
      this.#logger.warn(`Config '${config}' of topic '${name}' is kept but changes nothing here`);
    }
    const id = randomBytes(16).toString("base64url");
    const start = this.#topics.size; // So that leaders of small topics are spread too.
    const replicas = Array.from(
      { length: partitions },
      (_, at) => assignments?.[at] ?? this.#spread(start + at, replicationFactor),
    );
    const topic = this.#open(id, name, configs, replicas);
    this.#saveOr(topic, () => {
      this.#remove(topic);
      this.#discard(topic);
    });
    return topic;
  }

  /** Adds partitions up to the count. */
  grow(topic: Topic, count: number, assignments?: readonly (readonly number[])[]): void {
    const before = topic.partitions.length;
    const factor = topic.partitions[0]?.replicas.length ?? 1;
    const first = topic.partitions[0]?.replicas[0] ?? 0;
    const replicas = Array.from(
      { length: count - before },
      (_, at) => assignments?.[at] ?? this.#spread(first + before + at, factor),
    );
    topic.partitions.push(...this.#openPartitions(topic, before, replicas));
    this.#saveOr(topic, () => closeAll(topic.partitions.splice(before)));
  }

  /** Deletes a topic with everything in it. Returns false when there is none of that name. */
  delete(name: string): boolean {
    const topic = this.#topics.get(name);
    if (!topic) return false;
    // Before the files: a topic that is listed has its records, whenever the process is killed.
    this.#journal.save(new Map([[name, undefined]]));
    this.#remove(topic);
    this.#discard(topic);
    return true;
  }

  /** Lets `elect` change the leaders of partitions, and keeps what it changed. */
  elect(elect: (partition: Partition) => boolean): void {
    for (const topic of this.#topics.values()) {
      if (topic.partitions.filter(elect).length > 0) this.#save(topic);
    }
  }

  close(): void {
    for (const topic of this.#topics.values()) closeAll(topic.partitions);
  }

  #reopen(name: string, { id, configs, partitions }: StoredTopic): void {
    const topic = this.#open(
      id,
      name,
      configs,
      partitions.map(({ replicas }) => replicas.filter((node) => this.#nodeIds.includes(node))),
    );
    for (const [index, partition] of topic.partitions.entries()) {
      const { leader, leaderEpoch } = partitions[index] as Placed;
      // Epochs never go back: clients do not believe what has an older one.
      Object.assign(partition, { leader, leaderEpoch });
      elect(partition, (id) => partition.replicas.includes(id));
    }
  }

  #open(
    id: string,
    name: string,
    configs: Readonly<Record<string, string>>,
    replicas: readonly (readonly number[])[],
  ): Topic {
    const topic: Topic = {
      id,
      name,
      configs,
      partitions: [],
      maxMessageBytes: Number(
        configs["max.message.bytes"] ?? defaultTopicConfig("max.message.bytes"),
      ),
    };
    topic.partitions.push(...this.#openPartitions(topic, 0, replicas));
    this.#topics.set(name, topic);
    this.#ids.set(id, topic);
    return topic;
  }

  /** Opens the logs of partitions from the first on: all of them or none. */
  #openPartitions(
    topic: Topic,
    first: number,
    replicas: readonly (readonly number[])[],
  ): Partition[] {
    const partitions: Partition[] = [];
    try {
      for (const [at, nodes] of replicas.entries()) {
        const log = this.#openLog(topic, first + at);
        // A data directory of more brokers than there are now has replicas that are gone.
        const left = nodes.length > 0 ? nodes : this.#nodeIds.slice(0, 1);
        partitions.push({ ...place(left, this.#isRunning), log });
      }
      return partitions;
    } catch (error) {
      closeAll(partitions);
      throw error;
    }
  }

  #spread(number: number, count: number): number[] {
    return spread(this.#nodeIds, number, count, this.#isRunning);
  }

  #openLog(topic: Topic, partition: number): PartitionLog {
    const folder = this.#storage.openLog(topic.id, topic.name, partition);
    return new PartitionLog(folder, (cut) => {
      this.#logger.warn(`Cut what was half written at the end of ${topic.name}-${partition}`, cut);
    });
  }

  #remove({ name, id }: Topic): void {
    this.#topics.delete(name);
    this.#ids.delete(id);
  }

  #discard(topic: Topic): void {
    closeAll(topic.partitions);
    this.#storage.removeLogs(topic.id, topic.name);
  }

  /** Saves a topic, or undoes its change and throws. */
  #saveOr(topic: Topic, undo: () => void): void {
    try {
      this.#save(topic);
    } catch (error) {
      undo();
      throw error;
    }
  }

  #save({ id, name, configs, partitions }: Topic): void {
    const stored: StoredTopic = {
      id,
      configs,
      partitions: partitions.map(({ replicas, leader, leaderEpoch }) => {
        return { replicas, leader, leaderEpoch };
      }),
    };
    this.#journal.save(new Map([[name, stored]]));
  }
}

function closeAll(partitions: readonly Partition[]): void {
  for (const { log } of partitions) log.close();
}
