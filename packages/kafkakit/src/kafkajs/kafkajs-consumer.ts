// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Cluster,
  type Consumer,
  type ConsumerConfig,
  type EachBatchPayload,
  type IMemberAssignment,
  type Kafka,
  type PartitionAssigner,
  PartitionAssigners,
} from "kafkajs";
import { systemClock, within } from "../clock.ts";
import type {
  DriverConsumer,
  DriverConsumerEvents,
  DriverConsumerOptions,
  PartitionOffset,
  TopicPartition,
} from "../driver.ts";
import { KafkakitError } from "../kafkakit-error.ts";
import { isRebalance, toKafkakitError } from "./errors.ts";
import { toRecordBatch, toTopicOffsets } from "./records.ts";

/** Longest that `leave` takes; kafkajs waits for its requests, of which one may be for ever. */
const leaveMs = 3000;

/** One life of a kafkajs consumer: it is never restarted, so that a crash has one way only. */
export class KafkajsConsumer implements DriverConsumer {
  readonly #options: DriverConsumerOptions;
  readonly #consumer: Consumer;
  readonly #heartbeatMs: number;
  readonly #joined = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #events: DriverConsumerEvents | undefined;
  #owned = new Map<string, TopicPartition>();
  #payload: EachBatchPayload | undefined;
  #fetches = 0;
  #hasJoined = false;
  #isOver = false;

  constructor(
    kafka: Kafka,
    options: DriverConsumerOptions,
    config: Omit<ConsumerConfig, "groupId"> & { heartbeatInterval: number },
  ) {
    this.#options = options;
    this.#heartbeatMs = config.heartbeatInterval;
    this.#consumer = kafka.consumer({
      ...config,
      groupId: options.group,
      partitionAssigners: [this.#assigner],
      retry: { ...config.retry, restartOnFailure: async () => false },
    });
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#assign(payload.memberAssignment));
    this.#consumer.on(events.CRASH, ({ payload }) => this.#crash(payload.error));
    this.#consumer.on(events.FETCH_START, () => {
      this.#fetches++;
    });
    this.#consumer.on(events.FETCH, () => {
      this.#fetches--;
    });
    this.#consumer.on(events.REBALANCING, () => {
      this.#fetches = 0;
    });
    this.#joined.promise.catch(() => {});
  }

  async start(events: DriverConsumerEvents): Promise<void> {
    this.#events = events;
    const { topics, startFrom } = this.#options;
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({
        topics: [...topics],
        fromBeginning: startFrom === "earliest",
      });
      this.#refuseIfOver();
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // kafkajs fetches again when all batches of a fetch are back: none shall wait for another.
        partitionsConsumedConcurrently: 64,
        eachBatch: (payload) => this.#eachBatch(payload),
      });
      // run() resolves even when joining has failed: the crash listener tells.
      await this.#joined.promise;
    } catch (reason) {
      this.#end();
      throw toKafkakitError(reason, `join group '${this.#options.group}'`);
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#whileOwned(partitions, (owned) => this.#consumer.pause(owned));
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#whileOwned(partitions, (owned) => this.#consumer.resume(owned));
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const action = `commit offsets of group '${this.#options.group}'`;
    if (this.#payload === undefined || !offsets.every((id) => this.#owned.has(keyOf(id)))) {
      throw new KafkakitError(`Cannot ${action} as another member owns the partitions`, {
        code: "not_owner",
      });
    }
    try {
      // Not consumer.commitOffsets(): it tries again, and then with the generation of a later
      // assignment, which can take back what another member has committed.
      await this.#payload.commitOffsetsIfNecessary(toTopicOffsets(offsets));
    } catch (reason) {
      throw toKafkakitError(reason, action);
    }
  }

  async leave(): Promise<void> {
    this.#end();
    await within(systemClock, leaveMs, this.#consumer.disconnect());
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, resolveOffset } = payload;
    // Not resolved, so it is fetched again by whoever owns it next.
    if (this.#isOver || !this.#owned.has(keyOf(batch))) return;
    this.#payload = payload;
    resolveOffset(batch.lastOffset());
    let rejoin = () => {};
    const rebalance = new Promise<void>((resolve) => {
      rejoin = resolve;
    });
    const beat = setInterval(() => {
      heartbeat().catch((reason) => {
        // kafkajs sees the same with its next heartbeat, once this batch is out of its way.
        if (isRebalance(reason)) rejoin();
      });
    }, this.#heartbeatMs);
    try {
      await Promise.race([
        this.#events?.batch(toRecordBatch(batch)),
        rebalance,
        this.#over.promise,
      ]);
    } finally {
      clearInterval(beat);
    }
  }

  /**
   * Before each join, the first and all later ones, kafkajs asks its cluster for the coordinator:
   * the one place where a revocation can be waited for, whatever led to it. It hands the cluster
   * to partition assigners.
   */
  readonly #assigner: PartitionAssigner = (config) => {
    const cluster: Cluster = config.cluster;
    const find = cluster.findGroupCoordinator;
    cluster.findGroupCoordinator = async (group) => {
      this.#refuseIfOver();
      await this.#revoke();
      return find.call(cluster, group);
    };
    return PartitionAssigners.roundRobin(config);
  };

  async #revoke(): Promise<void> {
    if (this.#owned.size === 0) return;
    // Joining amid a fetch, as kafkajs does when a leader has moved, leaves fetches from other
    // brokers under way, whose records would come after, and be taken for what follows the
    // committed offset. A new consumer has no past.
    if (this.#fetches > 1) throw fetchesUnderWay(this.#fetches);
    const owned = [...this.#owned.values()];
    await this.#events?.revoked(owned);
    // kafkajs would keep them paused in a later life.
    this.resume(owned);
    this.#owned.clear();
  }

  #assign(assignment: IMemberAssignment): void {
    if (this.#isOver) {
      // It was on its way in when it was told to leave.
      void this.#consumer.disconnect().catch(() => {});
      return;
    }
    this.#owned.clear();
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        this.#owned.set(keyOf({ topic, partition }), { topic, partition });
      }
    }
    this.#hasJoined = true;
    this.#events?.assigned([...this.#owned.values()]);
    this.#joined.resolve();
  }

  #crash(reason: Error): void {
    if (this.#isOver) return;
    const error = toKafkakitError(reason, `consume as group '${this.#options.group}'`);
    this.#end();
    if (this.#hasJoined) this.#events?.crashed(error);
    else this.#joined.reject(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#owned.clear();
    this.#over.resolve();
  }

  #refuseIfOver(): void {
    if (this.#isOver) {
      throw new KafkakitError(`Cannot join group '${this.#options.group}' after leaving it`, {
        code: "stopped",
      });
    }
  }

  #whileOwned(
    partitions: readonly TopicPartition[],
    act: (owned: { topic: string; partitions: number[] }[]) => void,
  ): void {
    const owned = partitions.filter((id) => this.#owned.has(keyOf(id)));
    // A consumer that is about to crash has nothing to pause, and throws.
    if (owned.length === 0 || this.#isOver) return;
    act(owned.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
  }
}

function fetchesUnderWay(fetches: number): Error {
  const message = `Cannot join again with ${fetches} fetches under way, so a new consumer is made`;
  // kafkajs crashes at once on what it must not retry.
  return Object.assign(new KafkakitError(message, { code: "unavailable", retryable: true }), {
    retriable: false,
  });
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition}:${topic}`;
}
