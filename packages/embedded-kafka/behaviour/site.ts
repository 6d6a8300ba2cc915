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
    return name;
  }

  /** A name for a group, whose coordinator takes requests. */
  async group(): Promise<string> {
    await using client = await this.connect();
    const group = this.name("group");
    await this.#coordinated(client, group, 0, async () => {
      const { groups } = await client.call("describeGroups", 5, { groups: [group] });
      return only(groups).errorCode === errorCodes.NONE;
    });
    return group;
  }

  /** A transactional id, whose coordinator takes requests. */
  async transactionalId(): Promise<string> {
    await using client = await this.connect();
    const id = this.name("txn");
    await this.#coordinated(client, id, 1, async () => {
      const asked = { transactionalIds: [id] };
      const { transactionStates } = await client.call("describeTransactions", 0, asked);
      return only(transactionStates).errorCode === errorCodes.TRANSACTIONAL_ID_NOT_FOUND;
    });
    return id;
  }

  /** Kafka makes the topics of its coordinators when the first of them is looked for. */
  async #coordinated(
    client: RawClient,
    key: string,
    keyType: number,
    isReady: () => Promise<boolean>,
  ): Promise<void> {
    const asked = { coordinatorKeys: [key], keyType };
    await until(
      async () => {
        const { coordinators } = await client.call("findCoordinator", 4, asked);
        return only(coordinators).errorCode === errorCodes.NONE && (await isReady());
      },
      (ready) => ready,
    );
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
