// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "./cluster/cluster.ts";
import { formatAddress } from "./cluster/listener.ts";
import type { Node } from "./cluster/node.ts";
import type { GroupKind, GroupSummary } from "./groups/group-kind.ts";
import type { Partition, Topic } from "./topics/topic.ts";
import type { TransactionState as StateName, Transaction } from "./transactions/transaction.ts";

/**
 * What a broker knows at one moment, for assertions: plain data that changes no more. Offsets,
 * epochs and ids are numbers, exact up to 2 ** 53; times are in milliseconds since 1970.
 */
export interface BrokerSnapshot {
  /** All brokers by their ids, stopped ones too. */
  readonly brokers: readonly BrokerState[];
  /** By name. */
  readonly topics: Readonly<Record<string, TopicState>>;
  /** By id. */
  readonly groups: Readonly<Record<string, GroupState>>;
  /** By transactional id, those whose transactions have ended too. */
  readonly transactions: Readonly<Record<string, TransactionState>>;
}

/** One broker. */
export interface BrokerState {
  readonly id: number;
  readonly isRunning: boolean;
  /** What clients are told, by the listener's name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly connections: readonly ConnectionState[];
}

/** One connection of a client. */
export interface ConnectionState {
  /** As its last request says it; empty before the first. */
  readonly clientId: string;
  /** The client's address. */
  readonly host: string;
  /** Name of the listener. */
  readonly listener: string;
  /** Who the client has proven to be, such as `User:app`; null when nobody asked, or not yet. */
  readonly principal: string | null;
}

/** One topic. */
export interface TopicState {
  /** Its UUID (KIP-516) in base64url, as Kafka's tools show it. */
  readonly id: string;
  /** Configs that were set, by their Kafka names. */
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionState[];
}

/** One partition. */
export interface PartitionState {
  /** Id of the broker that leads it; -1 while none of its replicas runs. */
  readonly leader: number;
  readonly leaderEpoch: number;
  /** Ids of the brokers that may lead it, the preferred one first. */
  readonly replicas: readonly number[];
  /** Those of the replicas that run. */
  readonly inSyncReplicas: readonly number[];
  /** Offset of the first record. */
  readonly logStartOffset: number;
  /** Offset that the next record gets. */
  readonly highWatermark: number;
  /** Offset up to which a consumer of committed records reads: there the first open transaction begins. */
  readonly lastStableOffset: number;
  readonly sizeBytes: number;
}

/** One group. */
export interface GroupState {
  /** Who assigns partitions: a member in the classic protocol, the broker in that of KIP-848. */
  readonly kind: GroupKind;
  /** As Kafka's tools show it, such as "Stable" or "Empty". */
  readonly state: string;
  /** "consumer" for consumers; empty for a group that never had members. */
  readonly protocolType: string;
  /** The assignment strategy in use; empty when there is none. */
  readonly protocolName: string;
  /** Generation of a classic group, epoch of one of KIP-848. */
  readonly generation: number;
  readonly members: readonly GroupMemberState[];
  /** What is committed, by topic and partition. */
  readonly offsets: Readonly<Record<string, Readonly<Record<number, CommittedOffsetState>>>>;
}

/** A member of a group. */
export interface GroupMemberState {
  readonly memberId: string;
  /** Of a static member (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** Partitions that are assigned to it, by topic; null in a group that is not one of consumers. */
  readonly assignment: Readonly<Record<string, readonly number[]>> | null;
}

/** How far a group has come in a partition. */
export interface CommittedOffsetState {
  readonly offset: number;
  readonly metadata: string;
}

/** A transactional id and its last transaction. */
export interface TransactionState {
  /** As Kafka's tools show it: the transaction is open while it is "Ongoing". */
  readonly state: StateName;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly timeoutMs: number;
  /** Partitions in it, by topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>;
  /** Groups whose offsets are committed with it. */
  readonly groups: readonly string[];
}

/** Takes a snapshot of all that a cluster knows. */
export function inspect(cluster: Cluster): BrokerSnapshot {
  const { nodes, topics, groups, transactions } = cluster;
  return {
    brokers: nodes.map((node) => brokerOf(cluster, node)),
    topics: byKey([...topics.topics].map((topic) => [topic.name, topicOf(cluster, topic)])),
    groups: byKey([...groups.groups].map((group) => [group.id, groupOf(cluster, group.summary())])),
    transactions: byKey(
      [...transactions.transactions].map((each) => [each.id, transactionOf(each)]),
    ),
  };
}

function brokerOf({ options, connections }: Cluster, node: Node): BrokerState {
  const { id, isRunning } = node;
  return {
    id,
    isRunning,
    addresses: byKey(
      options.listeners.map((listener) => [listener.name, formatAddress(node.address(listener))]),
    ),
    connections: [...connections]
      .filter((connection) => connection.node === node)
      .map(({ lastClientId, clientHost, listener, session }) => ({
        clientId: lastClientId,
        host: clientHost,
        listener: listener.name,
        principal: session?.principal ?? null,
      })),
  };
}

function topicOf(cluster: Cluster, { id, configs, partitions }: Topic): TopicState {
  return {
    id,
    configs: { ...configs },
    partitions: partitions.map((partition) => partitionOf(cluster, partition)),
  };
}

function partitionOf(cluster: Cluster, partition: Partition): PartitionState {
  const { leader, leaderEpoch, replicas, log } = partition;
  return {
    leader,
    leaderEpoch,
    replicas: [...replicas],
    inSyncReplicas: cluster.inSync(replicas),
    logStartOffset: log.startOffset,
    highWatermark: log.endOffset,
    lastStableOffset: log.lastStableOffset,
    sizeBytes: log.sizeBytes,
  };
}

function groupOf({ groups }: Cluster, summary: GroupSummary): GroupState {
  const { id, members, ...state } = summary;
  const offsets = [...groups.offsets.ofGroup(id)].map(([topic, partitions]) => {
    const committed = [...partitions].map(([partition, { offset, metadata }]) => {
      return [String(partition), { offset: Number(offset), metadata }] as const;
    });
    return [topic, byKey(committed)] as const;
  });
  return {
    ...state,
    members: members.map(({ assignment, ...member }) => ({
      ...member,
      assignment: assignment ? byTopic(assignment) : null,
    })),
    offsets: byKey(offsets),
  };
}

function transactionOf(transaction: Transaction): TransactionState {
  const { state, producerId, producerEpoch, timeoutMs, partitions, groups } = transaction;
  return {
    state,
    producerId,
    producerEpoch,
    timeoutMs,
    partitions: byTopic(partitions),
    groups: [...groups],
  };
}

function byTopic(
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Record<string, number[]> {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return byKey(
    [...topics].map(([topic, all]) => {
      return [topic, all.map(({ partition }) => partition).sort((a, b) => a - b)];
    }),
  );
}

const byKey: <T>(entries: readonly (readonly [string, T])[]) => Record<string, T> =
  Object.fromEntries;
