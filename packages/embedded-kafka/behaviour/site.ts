// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from "node:crypto";
import { errorCodes } from "../src/protocol/error-codes.ts";
import { RawClient } from "../src/raw-client.testing.ts";
import type { Lab, LabCluster } from "./lab.ts";
import { errorName, latest, listOffset, only, until } from "./wire.ts";

export interface TestTopic {
  /** Default: 1. */
  partitions?: number;
  /** Default: 1. */
  replicationFactor?: number;
  configs?: Readonly<Record<string, string>>;
}

/** Where a chapter's tests work: a cluster that they share, and names of their own in it. */
export class Site {
  readonly lab: Lab;
  #cluster: LabCluster | undefined;

  constructor(lab: Lab) {
    this.lab = lab;
  }

  get cluster(): LabCluster {
    if (!this.#cluster) throw new Error("The cluster has not been started");
    return this.#cluster;
  }

  set cluster(cluster: LabCluster) {
    this.#cluster = cluster;
  }

  /** Connects to a broker. */
  connect(nodeId = 0): Promise<RawClient> {
    const [host = "", port] = this.cluster.addresses[nodeId]?.split(":") ?? [];
    return RawClient.connect({ host, port: Number(port) });
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    return `${prefix}-${randomBytes(6).toString("hex")}`;
  }

  /** Makes a topic and waits until it can be used. */
  async topic({ partitions = 1, replicationFactor = 1, configs = {} }: TestTopic = {}) {
    await using client = await this.connect();
    const name = this.name("topic");
    const { topics } = await client.call("createTopics", 5, {
      timeoutMs: 10_000,
      topics: [
        {
          name,
          numPartitions: partitions,
          replicationFactor,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    const { errorCode, errorMessage } = only(topics);
    if (errorCode !== 0) {
      throw new Error(`Cannot create '${name}': ${errorName(errorCode)}, ${errorMessage}`);
    }
    await this.ready(name, partitions);
    for (const nodeId of this.cluster.addresses.keys()) await this.#known(nodeId, name);
    return name;
  }

  /** Connects to the coordinator of a group or a transactional id. */
  async connectTo(kind: "group" | "transaction", id: string): Promise<RawClient> {
    return this.connect(await this.coordinatorOf(kind, id));
  }

  /** The broker that coordinates a group or a transactional id, of those that are not away. */
  async coordinatorOf(
    kind: "group" | "transaction",
    id: string,
    { away = -1 }: { away?: number } = {},
  ): Promise<number> {
    const others = [...this.cluster.addresses.keys()].filter((nodeId) => nodeId !== away);
    await using client = await this.connect(others[0]);
    const asked = { coordinatorKeys: [id], keyType: kind === "group" ? 0 : 1 };
    const coordinator = await until(
      async () => only((await client.call("findCoordinator", 4, asked)).coordinators),
      ({ errorCode, nodeId }) => errorCode === errorCodes.NONE && nodeId !== away,
    );
    return coordinator.nodeId;
  }

  /** A name for a group, whose coordinator takes requests. */
  async group(): Promise<string> {
    const group = this.name("group");
    await using client = await this.connectTo("group", group);
    await until(
      async () => only((await client.call("describeGroups", 5, { groups: [group] })).groups),
      ({ errorCode }) => errorCode === errorCodes.NONE,
    );
    return group;
  }

  /** A transactional id, whose coordinator takes requests. */
  async transactionalId(): Promise<string> {
    const id = this.name("txn");
    await using client = await this.connectTo("transaction", id);
    const asked = { transactionalIds: [id] };
    await until(
      async () => only((await client.call("describeTransactions", 0, asked)).transactionStates),
      ({ errorCode }) => errorCode === errorCodes.TRANSACTIONAL_ID_NOT_FOUND,
    );
    return id;
  }

  /** Resolves when every partition of a topic has a leader that takes requests, with the leaders. */
  async ready(topic: string, partitions = 1): Promise<number[]> {
    const leaders: number[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      leaders.push(
        await until(
          () => this.#leader(topic, partition),
          (leader) => leader >= 0,
        ),
      );
    }
    return leaders;
  }

  /** Brokers hear of a topic one after the other. */
  async #known(nodeId: number, topic: string): Promise<void> {
    await using client = await this.connect(nodeId);
    const asked = { topics: [{ name: topic }], allowAutoTopicCreation: false };
    await until(
      async () => only((await client.call("metadata", 9, asked)).topics),
      ({ errorCode }) => errorCode === errorCodes.NONE,
    );
  }

  /** A broker may be named as leader before it knows that it is. */
  async #leader(topic: string, partition: number): Promise<number> {
    await using client = await this.connect();
    const asked = { topics: [{ name: topic }], allowAutoTopicCreation: false };
    const { partitions } = only((await client.call("metadata", 9, asked)).topics);
    const leader = partitions.find(({ index }) => index === partition)?.leaderId ?? -1;
    if (leader < 0) return -1;
    await using ofLeader = await this.connect(leader);
    const { error } = await listOffset(ofLeader, topic, latest, { partition });
    return error === "NONE" ? leader : -1;
  }
}
