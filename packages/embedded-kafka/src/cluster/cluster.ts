// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { EmbeddedKafkaError } from "../embedded-kafka-error.ts";
import { RequestFaults } from "../faults/request-faults.ts";
import { ConsumerGroups } from "../groups/consumer/consumer-groups.ts";
import { GroupCoordinator } from "../groups/group-coordinator.ts";
import type { ConnectionContext } from "../handlers/handler.ts";
import type { Logger } from "../logger.ts";
import type { ResolvedOptions } from "../resolve-options.ts";
import { Users } from "../security/users.ts";
import { serveConnection } from "../server/connection.ts";
import type { Storage } from "../storage/storage.ts";
import { TopicCatalog } from "../topics/topic-catalog.ts";
import { defaultOf, topicConfig } from "../topics/topic-configs.ts";
import { ClusterParticipants } from "../transactions/cluster-participants.ts";
import { TransactionCoordinator } from "../transactions/transaction-coordinator.ts";
import { BrokerConfigs } from "./broker-configs.ts";
import { type CoordinatorKind, Coordinators, type HasMoved } from "./coordinators.ts";
import type { Listener } from "./listener.ts";
import { Node } from "./node.ts";
import { elect, lead } from "./placement.ts";

/** Told to what waits on a coordinator that has moved: whether an id is among those that moved. */
export type MoveWatcher = (hasMoved: HasMoved) => void;

/**
 * Several brokers in one process. There is one copy of everything, which all of them share: that a
 * partition has replicas, a leader, and a group a coordinator, is what clients are told and held to.
 */
export class Cluster {
  readonly options: ResolvedOptions;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodes: readonly Node[];
  readonly brokerConfigs: BrokerConfigs;
  readonly topics: TopicCatalog;
  readonly coordinators: Coordinators;
  readonly groups: GroupCoordinator;
  readonly consumerGroups: ConsumerGroups;
  readonly transactions: TransactionCoordinator;
  readonly users: Users;
  readonly requestFaults = new RequestFaults();
  /** The open connections of all nodes. */
  readonly connections = new Set<ConnectionContext>();
  readonly #moveWatchers = new Set<MoveWatcher>();
  readonly #leaderWatchers = new Set<() => void>();
  /** The last start or stop of nodes, which come one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();
  #isStarted = false;
  #isClosed = false;
  /** Connections that came before all nodes had their ports, which clients are told. */
  readonly #early: (() => void)[] = [];
  #stopCleaning: (() => void) | undefined;

  constructor(options: ResolvedOptions, storage: Storage) {
    this.options = options;
    this.storage = storage;
    this.clock = options.clock;
    this.logger = options.logger;
    this.users = new Users(options.users);
    const serve = (socket: Socket, node: Node, listener: Listener) => {
      const begin = () => serveConnection(socket, { cluster: this, node, listener });
      if (this.#isStarted) begin();
      else this.#early.push(begin);
    };
    this.nodes = Array.from({ length: options.brokers }, (_, id) => {
      return new Node({ ...options, id, serve });
    });
    const nodeIds = this.nodes.map(({ id }) => id);
    this.coordinators = new Coordinators(nodeIds, storage.journal("cluster"), this.logger);
    const { isRunning } = this;
    this.brokerConfigs = new BrokerConfigs(storage.journal("brokers"));
    this.topics = new TopicCatalog({
      defaults: this.brokerConfigs.topicDefaults(),
      storage,
      clock: this.clock,
      logger: this.logger,
      nodeIds,
      isRunning,
    });
    this.groups = new GroupCoordinator({
      ...options,
      storage,
      initialRebalanceDelayMs: options.groupInitialRebalanceDelayMs,
    });
    this.consumerGroups = new ConsumerGroups({
      ...this,
      sessionTimeoutMs: options.consumerSessionTimeoutMs,
      heartbeatIntervalMs: options.consumerHeartbeatIntervalMs,
    });
    this.onMove((hasMoved) => {
      this.groups.move(
        (groupId) => hasMoved("group", groupId),
        (groupId) => this.coordinators.nodeOf("group", groupId) !== -1,
      );
    });
    // Of topics whose deletion was cut short by a kill: a new one of the name must start anew.
    for (const topic of this.groups.offsets.topics()) {
      if (!this.topics.get(topic)) this.groups.forgetTopic(topic);
    }
    this.transactions = new TransactionCoordinator({
      ...this,
      participants: new ClusterParticipants(this),
    });
    this.onLeader(() => this.transactions.resume());
    this.onMove(() => this.transactions.resume());
  }

  /** Whether the node with an id runs. */
  readonly isRunning = (nodeId: number): boolean => this.nodes[nodeId]?.isRunning === true;

  /** The nodes that take connections. */
  get runningNodes(): readonly Node[] {
    return this.nodes.filter(({ isRunning }) => isRunning);
  }

  /** The node to which administration goes: the first that runs; -1 when none does. */
  get controllerId(): number {
    return this.runningNodes[0]?.id ?? -1;
  }

  /** Those of a partition's replicas that are in sync: all that run. */
  inSync(replicas: readonly number[]): number[] {
    return replicas.filter(this.isRunning);
  }

  /**
   * Sets all configs of a broker, or of all where the name is empty: valid ones.
   *
   * @throws {Error} when they cannot be stored
   */
  configureBrokers(name: string, configs: Readonly<Record<string, string>>): void {
    const before = this.brokerConfigs.of(name);
    this.brokerConfigs.set(name, configs);
    this.topics.setDefaults(this.brokerConfigs.topicDefaults());
    const whose = name === "" ? "all brokers" : `broker ${name}`;
    for (const [config, value] of Object.entries(configs)) {
      if (before[config] === value || topicConfig(defaultOf(config) ?? "")?.isEffective) continue;
      this.logger.warn(`Config '${config}' of ${whose} is kept but changes nothing here`);
    }
  }

  /** Starts all nodes. */
  async start(): Promise<void> {
    this.groups.start();
    this.transactions.start();
    await this.#serially(async () => {
      for (const node of this.nodes) await node.start();
    });
    this.#isStarted = true;
    for (const begin of this.#early) begin();
    const { clock, options } = this;
    this.#stopCleaning = clock.every(options.retentionCheckMs, () => this.#clean());
  }

  /** Stops one node: what it led and coordinated goes to others, as far as there are replicas. */
  stopNode(node: Node): Promise<void> {
    return this.#serially(async () => {
      if (this.#isClosed) return;
      const stopped = node.stop();
      this.#elect();
      await stopped;
    });
  }

  /**
   * Starts one node again, on the ports that it had. It leads only what nobody else could.
   *
   * @throws {EmbeddedKafkaError} when a port is taken meanwhile, or the cluster is closed
   */
  startNode(node: Node): Promise<void> {
    return this.#serially(async () => {
      if (this.#isClosed) {
        throw new EmbeddedKafkaError(`Cannot start broker ${node.id}: all are closed`, {
          code: "closed",
        });
      }
      await node.start();
      this.#elect();
    });
  }

  /** Calls back when ids have moved to another coordinator. Returns a function that ends it. */
  onMove(watcher: MoveWatcher): () => void {
    this.#moveWatchers.add(watcher);
    return () => this.#moveWatchers.delete(watcher);
  }

  /** Calls back when partitions have got another leader. Returns a function that ends it. */
  onLeader(watcher: () => void): () => void {
    this.#leaderWatchers.add(watcher);
    return () => this.#leaderWatchers.delete(watcher);
  }

  /** Moves the coordinator of an id, and of others in its slot, to a node. */
  moveCoordinator(kind: CoordinatorKind, id: string, nodeId: number): void {
    this.#tellMoved(this.coordinators.move(kind, id, nodeId));
  }

  /** Makes a node the leader of a partition; when it is no replica, instead of the former leader. */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    const wanted = this.topics.partition(topic, partition);
    this.topics.elect((each) => each === wanted && lead(each, nodeId));
    this.#tellLeaders();
  }

  /** Stops everything. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopCleaning?.();
    await this.#serially(() => Promise.all(this.nodes.map((node) => node.stop())));
    try {
      this.transactions.close();
      this.groups.close();
      this.topics.close();
    } finally {
      // Whatever the disk says to the logs: it has the lock of the data directory.
      this.storage.close();
    }
  }

  #elect(): void {
    this.topics.elect((partition) => elect(partition, this.isRunning));
    const hasMoved = this.coordinators.elect(this.isRunning);
    this.#tellLeaders();
    this.#tellMoved(hasMoved);
  }

  #tellLeaders(): void {
    // Of a copy: those that are told may stop watching, and others begin.
    for (const watcher of [...this.#leaderWatchers]) watcher();
  }

  #tellMoved(hasMoved: HasMoved): void {
    for (const watcher of [...this.#moveWatchers]) watcher(hasMoved);
  }

  #serially<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#lastChange.then(change);
    this.#lastChange = done.catch(() => {});
    return done;
  }

  /** Deletes and compacts what topics no longer keep. */
  #clean(): void {
    for (const { name, partitions } of this.topics.topics) {
      for (const [index, { log }] of partitions.entries()) {
        try {
          log.clean();
        } catch (error) {
          this.logger.error(`Cannot clean the log of ${name}-${index}`, { error: String(error) });
        }
      }
    }
  }
}
