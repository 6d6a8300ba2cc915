// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Clock, systemClock } from "./clock.ts";
import { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
import { maxPartitions } from "./handlers/topics.ts";
import { consoleLogger, type Logger } from "./logger.ts";
import { isTopicName } from "./topics/topic-catalog.ts";

/** A topic to make at the start. */
export interface TopicOptions {
  /** Its name: letters, digits, `.`, `_` and `-`. */
  name: string;
  /** Number of partitions. Default: `defaultPartitions`. */
  partitions?: number;
}

/** Options of {@link startBroker}. */
export interface BrokerOptions {
  /**
   * Address to listen on. Default "127.0.0.1": there is neither encryption nor authentication, so
   * nobody else should reach it. Clients are told the same address; for "0.0.0.0" and "::" they are
   * told the one at which they reached the broker.
   */
  host?: string;
  /** Port to listen on. Default 0: any free one. */
  port?: number;
  /**
   * Where topics, records and committed offsets are kept: a directory, made when it is not there,
   * for one broker at a time. Default: in memory, gone with the broker.
   */
  dataDir?: string;
  /**
   * When what was written is forced to the disk. "never" leaves that to the operating system, as
   * Kafka does: all that was acknowledged survives the death of the process, not that of the
   * machine. "always" waits for the disk before it acknowledges, which costs milliseconds each
   * time. Default "never".
   */
  fsync?: "never" | "always";
  /** Topics that are made unless they exist. Default: none. */
  topics?: readonly TopicOptions[];
  /** Partitions of a topic for which no number is given. Default 1, as on Kafka. */
  defaultPartitions?: number;
  /** Whether a topic comes into being when a client first asks for it. Default true, as on Kafka. */
  autoCreateTopics?: boolean;
  /**
   * Shortest session timeout that a group's member may ask for, in milliseconds. Default 6000, as
   * on Kafka: lower it in tests of members that die.
   */
  minSessionTimeoutMs?: number;
  /** Largest request, in bytes; a larger one closes its connection. Default 104857600, as on Kafka. */
  maxRequestBytes?: number;
  /** Where events go. Default: warnings and errors to the standard error stream. */
  logger?: Logger;
  /** Timers, for tests. Default: those of the machine. */
  clock?: Clock;
}

/** Options with nothing left open. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** Fills in the defaults. Throws an EmbeddedKafkaError when an option is wrong. */
export function resolveOptions(options: BrokerOptions) {
  const resolved = {
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    dataDir: options.dataDir,
    fsync: options.fsync ?? "never",
    defaultPartitions: options.defaultPartitions ?? 1,
    autoCreateTopics: options.autoCreateTopics ?? true,
    minSessionTimeoutMs: options.minSessionTimeoutMs ?? 6000,
    maxRequestBytes: options.maxRequestBytes ?? 100 * 1024 * 1024,
    logger: options.logger ?? consoleLogger,
    clock: options.clock ?? systemClock,
  };
  const topics = (options.topics ?? []).map(({ name, partitions }) => ({
    name,
    partitions: partitions ?? resolved.defaultPartitions,
  }));
  checkInteger("port", resolved.port, 0, 65_535);
  checkInteger("defaultPartitions", resolved.defaultPartitions, 1, maxPartitions);
  checkInteger("minSessionTimeoutMs", resolved.minSessionTimeoutMs, 1, 1_800_000);
  checkInteger("maxRequestBytes", resolved.maxRequestBytes, 1024, 0x7fffffff);
  if (resolved.fsync !== "never" && resolved.fsync !== "always") {
    throw configError(`'fsync' must be "never" or "always": current value is "${resolved.fsync}"`);
  }
  for (const { name, partitions } of topics) {
    if (!isTopicName(name)) {
      throw configError(`a topic's name must be 1 to 249 of a-z, A-Z, 0-9, ., _ and -: "${name}"`);
    }
    checkInteger(`partitions of topic ${name}`, partitions, 1, maxPartitions);
  }
  return { ...resolved, topics };
}

function checkInteger(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw configError(
    `'${name}' must be an integer from ${from} to ${to}: current value is ${value}`,
  );
}

function configError(reason: string): EmbeddedKafkaError {
  return new EmbeddedKafkaError(`Cannot start the broker as ${reason}`, { code: "config" });
}
