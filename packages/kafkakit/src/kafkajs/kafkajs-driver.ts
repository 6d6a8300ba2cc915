// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  Kafka,
  type KafkaConfig,
  logLevel,
  Partitioners,
  type RetryOptions,
  type SASLOptions,
} from "kafkajs";
import { delay, systemClock } from "../clock.ts";
import type { Driver, TopicSpec } from "../driver.ts";
import { KafkakitError } from "../kafkakit-error.ts";
import type { Logger } from "../logger.ts";
import { calmTimers } from "./calm-timers.ts";
import { toKafkakitError } from "./errors.ts";
import { fetchProgress } from "./fetch-progress.ts";
import { KafkajsConsumer } from "./kafkajs-consumer.ts";
import { type Acks, KafkajsProducer } from "./kafkajs-producer.ts";

/** Options of {@link kafkajs}. Times are in milliseconds. */
export interface KafkajsOptions {
  /** Where to find the cluster, as `host:port`; some brokers of it are enough. */
  brokers: readonly string[];
  /** Names this client in the brokers' logs and quotas. Default `kafkakit`. */
  clientId?: string;
  /** Replicas that must have a record before a send resolves. Default -1: all that are in sync. */
  acks?: Acks;
  /** TLS. Default: none. */
  ssl?: KafkaConfig["ssl"];
  /** Credentials. Default: none. */
  sasl?: SASLOptions;
  /** How long a connection may take to open. Default 3000. */
  connectionTimeoutMs?: number;
  /** How long a response may take. Default 30 000. */
  requestTimeoutMs?: number;
  /** After so long without a heartbeat the group takes a member for dead. Default 30 000. */
  sessionTimeoutMs?: number;
  /** How long members may take to join again when partitions are dealt anew. Default 60 000. */
  rebalanceTimeoutMs?: number;
  /** Time between heartbeats. Default: a tenth of the session timeout. */
  heartbeatIntervalMs?: number;
  /**
   * How long a broker holds a fetch that finds nothing. Default 500, as the Java client's: a
   * partition that was paused is fetched from again within this time.
   */
  fetchMaxWaitMs?: number;
  /** Most bytes of a partition in one fetch, and so in memory beyond the queue. Default 1 MiB. */
  fetchMaxBytesPerPartition?: number;
  /** Whether to have missing topics created by the broker, if it does that. Default true. */
  allowAutoTopicCreation?: boolean;
}

const leaderPolls = 50;
const leaderPollMs = 100;

/** A driver on kafkajs 2.2. */
export function kafkajs({
  brokers,
  clientId = "kafkakit",
  acks = -1,
  ssl,
  sasl,
  connectionTimeoutMs = 3000,
  requestTimeoutMs = 30_000,
  sessionTimeoutMs = 30_000,
  rebalanceTimeoutMs = 60_000,
  heartbeatIntervalMs = Math.ceil(sessionTimeoutMs / 10),
  fetchMaxWaitMs = 500,
  fetchMaxBytesPerPartition = 1024 * 1024,
  allowAutoTopicCreation = true,
}: KafkajsOptions): Driver {
  if (brokers.length === 0) {
    throw new KafkakitError("Cannot connect as 'brokers' is empty", { code: "config" });
  }
  calmTimers();
  const names = brokers.join(", ");
  // In full, as kafkajs has other defaults when NODE_ENV is "test".
  const retry: RetryOptions = {
    initialRetryTime: 100,
    maxRetryTime: 5000,
    factor: 0.2,
    multiplier: 2,
    retries: 5,
  };
  const connect = (logger: Logger) =>
    new Kafka({
      brokers: [...brokers],
      clientId,
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
      connectionTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      retry,
      logLevel: logLevel.INFO,
      // What matters comes as an error, and is logged by the core; this is for finding out why.
      logCreator:
        () =>
        ({ namespace, log: { message, timestamp: _, ...fields } }) =>
          logger.debug(`kafkajs ${namespace}: ${message}`, fields),
    });

  return {
    name: "kafkajs",
    producer({ logger }) {
      const producer = connect(logger).producer({
        // The same as kafkajs' default and the Java client's; named, it does not warn.
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation,
        retry,
      });
      return new KafkajsProducer(producer, acks, names);
    },
    consumer(options) {
      return new KafkajsConsumer(connect(options.logger), options, {
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        heartbeatInterval: heartbeatIntervalMs,
        maxWaitTimeInMs: fetchMaxWaitMs,
        maxBytesPerPartition: fetchMaxBytesPerPartition,
        allowAutoTopicCreation,
        retry,
      });
    },
    progress: ({ group, topics }, { logger }) =>
      fetchProgress(connect(logger).admin({ retry }), group, topics),
    async createTopics(topics, { logger }) {
      const admin = connect(logger).admin({ retry });
      try {
        await admin.connect();
        await createMissing(topics);
        for (let poll = 0; !(await haveLeaders(topics)); poll++) {
          if (poll === leaderPolls) throw noLeaders(topics);
          await delay(systemClock, leaderPollMs);
        }
      } catch (reason) {
        const wanted = topics.map(({ topic }) => `'${topic}'`).join(", ");
        throw toKafkakitError(reason, `create topics ${wanted} at ${names}`);
      } finally {
        await admin.disconnect().catch(() => {});
      }

      async function createMissing(specs: readonly TopicSpec[]): Promise<void> {
        const present = new Set(await admin.listTopics());
        const missing = specs.filter(({ topic }) => !present.has(topic));
        if (missing.length === 0) return;
        await admin.createTopics({
          waitForLeaders: false,
          topics: missing.map(({ topic, partitions = 1, replicationFactor }) => ({
            topic,
            numPartitions: partitions,
            ...(replicationFactor !== undefined && { replicationFactor }),
          })),
        });
      }

      async function haveLeaders(specs: readonly TopicSpec[]): Promise<boolean> {
        try {
          const { topics: found } = await admin.fetchTopicMetadata({
            topics: specs.map(({ topic }) => topic),
          });
          const named = found.every(
            ({ partitions }) =>
              partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
          );
          if (!named) return false;
          // A leader is named before it knows that it is one. A send that only some leaders refuse
          // is repeated by kafkajs as a whole, and so stores the rest twice.
          await Promise.all(specs.map(({ topic }) => admin.fetchTopicOffsets(topic)));
          return true;
        } catch (reason) {
          const { code } = toKafkakitError(reason, "");
          if (code === "unknown_topic" || code === "unavailable") return false;
          throw reason;
        }
      }
    },
  };
}

function noLeaders(topics: readonly TopicSpec[]): KafkakitError {
  const names = topics.map(({ topic }) => `'${topic}'`).join(", ");
  return new KafkakitError(`Topics ${names} have no leaders yet`, {
    code: "unavailable",
    retryable: true,
  });
}
