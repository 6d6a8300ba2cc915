// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { apiVersions } from "./messages/api-versions.ts";
import { describeCluster, describeTopicPartitions, metadata } from "./messages/cluster.ts";
import {
  alterConfigs,
  describeConfigs,
  incrementalAlterConfigs,
  listConfigResources,
} from "./messages/configs.ts";
import { consumerGroupDescribe, consumerGroupHeartbeat } from "./messages/consumer-groups.ts";
import { fetch } from "./messages/fetch.ts";
import {
  findCoordinator,
  heartbeat,
  joinGroup,
  leaveGroup,
  syncGroup,
} from "./messages/group-members.ts";
import { offsetCommit, offsetDelete, offsetFetch } from "./messages/group-offsets.ts";
import { deleteGroups, describeGroups, listGroups } from "./messages/groups.ts";
import { describeLogDirs } from "./messages/log-dirs.ts";
import { writeTxnMarkers } from "./messages/markers.ts";
import { deleteRecords, listOffsets, offsetForLeaderEpoch } from "./messages/offsets.ts";
import { produce } from "./messages/produce.ts";
import { describeProducers, describeTransactions, listTransactions } from "./messages/producers.ts";
import { describeUserScramCredentials, saslAuthenticate, saslHandshake } from "./messages/sasl.ts";
import { createPartitions, createTopics, deleteTopics, electLeaders } from "./messages/topics.ts";
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  txnOffsetCommit,
} from "./messages/transactions.ts";
import type { Api, Decoded, Encodable } from "./schema.ts";

/** Everything that a client can ask for, by key: one table of layouts each. */
export const apis = {
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  saslHandshake,
  apiVersions,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  writeTxnMarkers,
  txnOffsetCommit,
  describeConfigs,
  alterConfigs,
  describeLogDirs,
  saslAuthenticate,
  createPartitions,
  deleteGroups,
  electLeaders,
  incrementalAlterConfigs,
  offsetDelete,
  describeUserScramCredentials,
  describeCluster,
  describeProducers,
  describeTransactions,
  listTransactions,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
  listConfigResources,
  describeTopicPartitions,
} as const;

export type Apis = typeof apis;
/** What a table is called here. */
export type ApiId = keyof Apis;
/** What Kafka calls it, such as "Produce" or "JoinGroup". */
export type ApiName = Capitalize<ApiId>;
export type RequestOf<N extends ApiId> = Decoded<Apis[N]["request"]>;
export type ResponseOf<N extends ApiId> = Encodable<Apis[N]["response"]>;

/** The table by the key that requests carry. */
export const apiByKey: ReadonlyMap<number, readonly [ApiId, Api]> = new Map(
  Object.entries(apis).map(([id, api]) => [api.key, [id as ApiId, api]]),
);

/** The table's id by Kafka's name. */
export const apiIdByName: ReadonlyMap<string, ApiId> = new Map(
  Object.keys(apis).map((id) => [apiNameOf(id as ApiId), id as ApiId]),
);

/** What Kafka calls it. */
export function apiNameOf(id: ApiId): ApiName {
  return `${id.charAt(0).toUpperCase()}${id.slice(1)}` as ApiName;
}
