// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { TlsOptions } from "node:tls";
import type { Clock } from "./clock.ts";
import type { SaslMechanism } from "./cluster/listener.ts";
import type { Logger } from "./logger.ts";

/** A topic to make at the start. */
export interface TopicOptions {
  /** Its name: letters, digits, `.`, `_` and `-`. */
  name: string;
  /** Number of partitions. Default: `defaultPartitions`. */
  partitions?: number;
  /** Number of brokers that may lead each partition. Default: `defaultReplicationFactor`. */
  replicationFactor?: number;
  /** Topic configs by their Kafka names, such as `{ "cleanup.policy": "compact" }`. Default: none. */
  configs?: Readonly<Record<string, string>>;
}

/** One way to reach every broker. */
export interface ListenerOptions {
  /**
   * Tells it from the others. Default: as Kafka calls a listener of its kind, PLAINTEXT, SSL,
   * SASL_PLAINTEXT or SASL_SSL.
   */
  name?: string;
  /** Address to listen on. Default: `host`. */
  host?: string;
  /**
   * Port of the first broker. Default 0: any free one for each broker. The second broker's is
   * higher by the number of listeners, and so on: with 9092, 9093 and 9094 it has 9095, 9096, 9097.
   */
  port?: number;
  /** Address that clients are told. Default: the one that is listened on. */
  advertisedHost?: string;
  /** Port that clients of the first broker are told; the others' follow as with `port`. Default: the one that is listened on. */
  advertisedPort?: number;
  /** Options of Node's tls.createServer(): `key` and `cert` at least. Default: no encryption. */
  tls?: TlsOptions;
  /** How clients may prove who they are (see `users`). Default: nobody is asked. */
  sasl?: readonly SaslMechanism[];
}

/** Somebody who may connect to a listener with SASL. */
export interface UserOptions {
  name: string;
  password: string;
  /**
   * How the user may prove the password. Several entries of one name, each with mechanisms of its
   * own, have a password for each, as on Kafka. Default: by every mechanism of a listener.
   */
  mechanisms?: readonly SaslMechanism[];
}

/** Options of {@link startBroker}. */
export interface BrokerOptions {
  /**
   * Address to listen on. Default "127.0.0.1": there is neither encryption nor authentication, so
   * nobody else should reach it. Clients are told the same address; for "0.0.0.0" and "::" they are
   * told the one at which they reached the broker.
   */
  host?: string;
  /** Port to listen on. Default 0: any free one. With several brokers the others' follow. */
  port?: number;
  /** Number of brokers in this process. Default 1. */
  brokers?: number;
  /**
   * Ways to reach the brokers, each with a port of its own instead of `port`. Default: one without
   * encryption at `host` and `port`.
   */
  listeners?: readonly ListenerOptions[];
  /** Who may connect to listeners with `sasl`. Default: nobody. */
  users?: readonly UserOptions[];
  /**
   * How long an authentication holds, in milliseconds: then the client must authenticate again or
   * lose its connection (KIP-368). Default 0: as long as the connection, as on Kafka.
   */
  saslSessionLifetimeMs?: number;
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
  /**
   * Brokers that may lead a partition of a topic for which no number is given. Default: all of them
   * up to 3, so that the topic outlives the stop of one; on Kafka it is 1.
   */
  defaultReplicationFactor?: number;
  /** Whether a topic comes into being when a client first asks for it. Default true, as on Kafka. */
  autoCreateTopics?: boolean;
  /**
   * Shortest session timeout that a group's member may ask for, in milliseconds. Default 6000, as
   * on Kafka: lower it in tests of members that die.
   */
  minSessionTimeoutMs?: number;
  /**
   * How long the first rebalance of a group waits for more members, in milliseconds. Default 0: one
   * consumer starts at once, which is what most tests have. On Kafka it is 3000, which spares large
   * groups rebalances.
   */
  groupInitialRebalanceDelayMs?: number;
  /**
   * How long a member of a consumer group (KIP-848) may say nothing before it is out, in
   * milliseconds. Default 45000, as on Kafka: lower it in tests of members that die.
   */
  consumerSessionTimeoutMs?: number;
  /**
   * How often members of consumer groups are told to send heartbeats, in milliseconds: less than
   * `consumerSessionTimeoutMs`. Default 5000, as on Kafka, or a third of that timeout where it is
   * less. Partitions change hands at heartbeats: lower it in tests of rebalances.
   */
  consumerHeartbeatIntervalMs?: number;
  /**
   * How often topics are looked at for what they no longer keep by their `retention.ms`,
   * `retention.bytes` and `cleanup.policy`, in milliseconds. Default 300000, as on Kafka.
   */
  retentionCheckMs?: number;
  /** Largest request, in bytes; a larger one closes its connection. Default 104857600, as on Kafka. */
  maxRequestBytes?: number;
  /** Connections to one broker at once; further ones are closed. Default: no limit, as on Kafka. */
  maxConnections?: number;
  /** Where events go. Default: warnings and errors to the standard error stream. */
  logger?: Logger;
  /** Timers, for tests. Default: those of the machine. */
  clock?: Clock;
}
