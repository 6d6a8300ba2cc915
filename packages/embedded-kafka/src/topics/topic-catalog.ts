// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { elect, type IsRunning, type Placed, place, spread } from "../cluster/placement.ts";
import { PartitionLog } from "../log/partition-log.ts";
import type { Logger } from "../logger.ts";
import type { Journal, Storage } from "../storage/storage.ts";
import { configured, type Partition, type Topic } from "./topic.ts";
import { topicConfig } from "./topic-configs.ts";
import { metricName } from "./topic-name.ts";

/** A topic to make. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  /** Default 1. */
  readonly replicationFactor?: number;
  /** Nodes for each partition, where a client has chosen them; for all of them or for none. */
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
  readonly clock: Clock;
  /** Ids of all nodes. */
  readonly nodeIds: readonly number[];
  readonly isRunning: IsRunning;
  /** What topics have where nothing was set for them: see setDefaults(). Default: Kafka's defaults. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** The topics of the cluster. */
export class TopicCatalog {
  readonly #topics = new Map<string, Topic>();
  readonly #ids = new Map<string, Topic>();
  /** Names as metrics have them, which no two topics share. */
  readonly #metricNames = new Map<string, string>();
  readonly #storage: Storage;
  readonly #journal: Journal;
  readonly #logger: Logger;
  readonly #nodeIds: readonly number[];
  readonly #isRunning: IsRunning;
  readonly #now: () => number;
  #defaults: Readonly<Record<string, string>>;
  #revision = 0;

  constructor(options: TopicCatalogOptions) {
    const { storage, logger, clock, nodeIds, isRunning, defaults = {} } = options;
    this.#defaults = defaults;
    this.#storage = storage;
    this.#journal = storage.journal("topics");
    this.#logger = logger;
    this.#nodeIds = nodeIds;
    this.#isRunning = isRunning;
    this.#now = () => clock.now();
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

  /** Grows with every topic or partition that is made or deleted. */
  get revision(): number {
    return this.#revision;
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** The topic with a UUID, as text or as it is on the wire. */
  byId(id: string | Buffer): Topic | undefined {
    return this.#ids.get(typeof id === "string" ? id : id.toString("base64url"));
  }

  /** Name of another topic that a topic of this name could not be told from in metrics. */
  collision(name: string): string | undefined {
    const other = this.#metricNames.get(metricName(name));
    return other === name ? undefined : other;
  }

  /** A partition; undefined when the topic or the partition does not exist. */
  partition(topic: string, partition: number): Partition | undefined {
    return this.#topics.get(topic)?.partitions[partition];
  }

  /**
   * Makes a topic that is not there yet.
   *
   * @throws {Error} when it cannot be told from another one in metrics, or cannot be stored
   */
  create({ name, partitions, replicationFactor = 1, assignments, configs = {} }: NewTopic): Topic {
    const other = this.collision(name);
    if (other) throw new Error(`Cannot create the topic '${name}': it collides with '${other}'`);
    this.#warn(name, Object.keys(configs));
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

  /** Sets all configs of a topic, which are valid: what was set before and is not among them is unset. */
  configure(name: string, configs: Readonly<Record<string, string>>): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    this.#warn(
      name,
      Object.keys(configs).filter((config) => configs[config] !== topic.configs[config]),
    );
    this.#save({ ...topic, configs });
    Object.assign(topic, configured(configs, this.#defaults));
  }

  /** Sets what topics have where nothing was set for them: valid topic configs. */
  setDefaults(defaults: Readonly<Record<string, string>>): void {
    this.#defaults = defaults;
    for (const topic of this.topics) Object.assign(topic, configured(topic.configs, defaults));
  }

  /** Adds partitions up to the count. */
  grow(name: string, count: number, assignments?: readonly (readonly number[])[]): void {
    const topic = this.#topics.get(name);
    if (!topic) return;
    const before = topic.partitions.length;
    const factor = topic.partitions[0]?.replicas.length ?? 1;
    const first = topic.partitions[0]?.replicas[0] ?? 0;
    const replicas = Array.from(
      { length: count - before },
      (_, at) => assignments?.[at] ?? this.#spread(first + before + at, factor),
    );
    topic.partitions.push(...this.#openPartitions(topic, before, replicas));
    this.#revision++;
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
      const changed = topic.partitions.filter(elect);
      if (changed.length === 0) continue;
      try {
        this.#save(topic);
        for (const { log, leaderEpoch } of changed) log.beginEpoch(leaderEpoch);
      } catch (error) {
        // Clients are served by the new leaders all the same.
        this.#logger.error(`Cannot keep who leads '${topic.name}'`, { error: String(error) });
      }
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
      // Epochs never go back, also where one could not be kept: clients do not believe older ones.
      const latest = Math.max(leaderEpoch, partition.log.latestEpoch);
      Object.assign(partition, { leader, leaderEpoch: latest });
      elect(partition, (id) => partition.replicas.includes(id));
    }
  }

  #open(
    id: string,
    name: string,
    configs: Readonly<Record<string, string>>,
    replicas: readonly (readonly number[])[],
  ): Topic {
    const idBytes = Buffer.from(id, "base64url");
    const topic: Topic = {
      id,
      idBytes,
      name,
      ...configured(configs, this.#defaults),
      partitions: [],
    };
    topic.partitions.push(...this.#openPartitions(topic, 0, replicas));
    this.#topics.set(name, topic);
    this.#revision++;
    this.#ids.set(id, topic);
    this.#metricNames.set(metricName(name), name);
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
    return new PartitionLog(folder, {
      name: `${topic.name}-${partition}`,
      config: () => topic.logConfig,
      now: this.#now,
      logger: this.#logger,
    });
  }

  #warn(topic: string, configs: readonly string[]): void {
    for (const config of configs.filter((name) => !topicConfig(name)?.isEffective)) {
      this.#logger.warn(`Config '${config}' of topic '${topic}' is kept but changes nothing here`);
    }
  }

  #remove({ name, id }: Topic): void {
    this.#topics.delete(name);
    this.#revision++;
    this.#ids.delete(id);
    this.#metricNames.delete(metricName(name));
  }

  #discard(topic: Topic): void {
    closeAll(topic.partitions);
    try {
      this.#storage.removeLogs(topic.id, topic.name);
    } catch (error) {
      const reason = { error: String(error) };
      this.#logger.warn(`Cannot remove the files of '${topic.name}' before the next start`, reason);
    }
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
