// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Logger } from "./logger.ts";

// What the core knows of a Kafka client. A driver turns its client's errors into KafkakitErrors:
// `retryable` ones are tried again with backoff, all others stop the app. The suite
// `driverConformance` of kafkakit/testing holds a driver to what is said here.

/** A record's headers, in order; a name may come more than once, and a value may be null. */
export type RecordHeaders = readonly (readonly [name: string, value: Uint8Array | null])[];

/** A record as it goes to a broker. */
export interface ProducerRecord {
  readonly topic: string;
  /** Default: by murmur2 of the key, as the Java client does; without a key, the driver's choice. */
  readonly partition?: number;
  /** Null is no key, which is not the same as an empty one. */
  readonly key: Uint8Array | null;
  /** Null is a tombstone, which is not the same as an empty value. */
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders;
}

/** A record as it comes from a broker. */
export interface ConsumerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970, as the producer or the broker set it. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders;
}

/** Records of one partition, in order. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ConsumerRecord[];
  /** The offset to commit when all of the records are done: past control records and gaps. */
  readonly nextOffset: bigint;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The next offset to read: one past the last record that is done. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint;
}

/** Where a partition begins and ends, and how far a group has come in it. */
export interface PartitionProgress extends TopicPartition {
  /** Offset of the oldest record that is kept. */
  readonly start: bigint;
  /** Offset that the next record will have. */
  readonly end: bigint;
  /** The next offset that the group reads; undefined when it has committed none. */
  readonly committed: bigint | undefined;
}

/** A topic that should exist. */
export interface TopicSpec {
  readonly topic: string;
  /** Default 1. */
  readonly partitions?: number;
  /** Default: the broker's. */
  readonly replicationFactor?: number;
}

/** Sends records. Connects and disconnects once; a new one is made for another try. */
export interface DriverProducer {
  /** @throws {KafkakitError} retryable when no broker can be reached. */
  connect(): Promise<void>;
  /**
   * Resolves when all records are acknowledged. Records of one partition are stored in the order
   * given. The core calls it again only when the call before has settled.
   *
   * @throws {KafkakitError} when any record may not have been stored; others may have been.
   */
  send(records: readonly ProducerRecord[]): Promise<void>;
  /** Never rejects. */
  disconnect(): Promise<void>;
}

/** What a consumer tells the core. No call overlaps with `revoked` of the same member. */
export interface DriverConsumerEvents {
  /** The member now owns these partitions, beside those it has. */
  assigned(partitions: readonly TopicPartition[]): void;
  /**
   * The member is about to give these partitions up. They are still its own, and `commit` works,
   * until the promise resolves; the driver waits for it before it lets them go.
   */
  revoked(partitions: readonly TopicPartition[]): Promise<void>;
  /**
   * Records of an owned partition that is not paused. The driver delivers no more of this
   * partition until the promise resolves (it never rejects), and heartbeats meanwhile.
   */
  batch(batch: RecordBatch): Promise<void>;
  /**
   * The member is out of the group and does no more: its partitions are lost. After a retryable
   * error the core makes a new consumer; otherwise it stops the app.
   */
  crashed(error: Error): void;
}

/** One member of a consumer group. Starts once; a new one is made for another life. */
export interface DriverConsumer {
  /**
   * Connects, joins and resolves when the member knows its partitions (after `assigned`).
   *
   * @throws {KafkakitError} retryable when no broker can be reached or a topic does not exist.
   */
  start(events: DriverConsumerEvents): Promise<void>;
  /** No more batches of these partitions until they are resumed or given up. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /**
   * Resolves when the coordinator has stored the offsets. One try: the core repeats.
   *
   * @throws {KafkakitError} with code `not_owner` when the member no longer owns them.
   */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /**
   * Leaves the group and disconnects, without `revoked`. Never rejects, and resolves within some
   * seconds even when the broker is away or `batch` is pending.
   */
  leave(): Promise<void>;
}

/** Options of {@link Driver.consumer}. */
export interface DriverConsumerOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a partition without a committed offset is read from. */
  readonly startFrom: "earliest" | "latest";
  readonly logger: Logger;
}

/** A Kafka client, as the core sees it. */
export interface Driver {
  /** Short name for logs, such as `kafkajs`. */
  readonly name: string;
  producer(options: { logger: Logger }): DriverProducer;
  consumer(options: DriverConsumerOptions): DriverConsumer;
  /**
   * Creates those of the topics that do not exist, and resolves when all have leaders, so that a
   * subscription right after finds them. An existing topic is left as it is.
   *
   * @throws {KafkakitError} retryable when no broker can be reached.
   */
  createTopics(topics: readonly TopicSpec[], options: { logger: Logger }): Promise<void>;
  /**
   * How far a group has come in every partition of the topics, whoever owns them, as the brokers
   * know it: it needs no member that works.
   *
   * @throws {KafkakitError} retryable when no broker can be reached or a topic does not exist.
   */
  progress(
    of: { group: string; topics: readonly string[] },
    options: { logger: Logger },
  ): Promise<PartitionProgress[]>;
}
