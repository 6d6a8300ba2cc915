// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Socket } from "node:net";
import type { ResolvedOptions } from "../broker-options.ts";
import type { Clock } from "../clock.ts";
import { RequestFaults } from "../faults/request-faults.ts";
import { GroupCoordinator } from "../groups/group-coordinator.ts";
import type { ConnectionContext } from "../handlers/handler.ts";
import type { Logger } from "../logger.ts";
import { Users } from "../security/users.ts";
import { serveConnection } from "../server/connection.ts";
import type { Storage } from "../storage/storage.ts";
import { TopicCatalog } from "../topics/topic-catalog.ts";
import { type CoordinatorKind, Coordinators } from "./coordinators.ts";
import type { Listener } from "./listener.ts";
import { Node } from "./node.ts";
import { elect } from "./placement.ts";

/** Told to what waits on a coordinator that has moved: whether an id is among those that moved. */
export type MoveWatcher = (hasMoved: (kind: CoordinatorKind, id: string) => boolean) => void;

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
  readonly topics: TopicCatalog;
  readonly coordinators: Coordinators;
  readonly groups: GroupCoordinator;
  readonly users: Users;
  readonly requestFaults = new RequestFaults();
  /** The open connections of all nodes. */
  readonly connections = new Set<ConnectionContext>();
  readonly #moveWatchers = new Set<MoveWatcher>();
  readonly #leaderWatchers = new Set<() => void>();

  constructor(options: ResolvedOptions, storage: Storage) {
    this.options = options;
    this.storage = storage;
    this.clock = options.clock;
    this.logger = options.logger;
    this.users = new Users(options.users);
    const serve = (socket: Socket, node: Node, listener: Listener) =>
      serveConnection(socket, { cluster: this, node, listener });
    this.nodes = Array.from({ length: options.brokers }, (_, id) => {
      return new Node({ ...options, id, serve });
    });
    // All nodes start together, so at first every one of them counts as running.
    const nodeIds = this.nodes.map(({ id }) => id);
    this.coordinators = new Coordinators(nodeIds, () => true);
    this.topics = new TopicCatalog({ storage, logger: this.logger, nodeIds });
    this.groups = new GroupCoordinator({
      ...options,
      storage,
      initialRebalanceDelayMs: options.groupInitialRebalanceDelayMs,
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
  }

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
    return replicas.filter((id) => this.nodes[id]?.isRunning);
  }

  /** Starts all nodes. */
  async start(): Promise<void> {
    for (const node of this.nodes) await node.start();
  }

  /** Stops one node: what it led and coordinated goes to others, as far as there are replicas. */
  async stopNode(node: Node): Promise<void> {
    const stopped = node.stop();
    this.#elect();
    await stopped;
  }

  /** Starts one node again. It leads only what nobody else could. */
  async startNode(node: Node): Promise<void> {
    await node.start();
    this.#elect();
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
    const slot = this.coordinators.slotOf(kind, id);
    if (!this.coordinators.move(kind, id, nodeId)) return;
    for (const watcher of this.#moveWatchers) {
      watcher((otherKind, otherId) => this.coordinators.slotOf(otherKind, otherId) === slot);
    }
  }

  /** Makes a node the leader of a partition. */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    this.topics.lead(topic, partition, nodeId);
    for (const watcher of this.#leaderWatchers) watcher();
  }

  /** Stops everything. */
  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    this.groups.close();
    this.topics.close();
    this.storage.close();
  }

  #elect(): void {
    const isRunning = (id: number) => this.nodes[id]?.isRunning === true;
    this.topics.elect((partition) => elect(partition, isRunning));
    const hasMoved = this.coordinators.elect(isRunning);
    for (const watcher of this.#leaderWatchers) watcher();
    for (const watcher of this.#moveWatchers) watcher(hasMoved);
  }
}
