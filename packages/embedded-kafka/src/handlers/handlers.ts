// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ApiId } from "../protocol/apis.ts";
import { addOffsetsToTxn } from "./add-offsets-to-txn.ts";
import { addPartitionsToTxn } from "./add-partitions-to-txn.ts";
import { alterConfigs } from "./alter-configs.ts";
import { createApiVersionsHandler } from "./api-versions.ts";
import { consumerGroupDescribe } from "./consumer-group-describe.ts";
import { consumerGroupHeartbeat } from "./consumer-group-heartbeat.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { deleteGroups } from "./delete-groups.ts";
import { deleteRecords } from "./delete-records.ts";
import { deleteTopics } from "./delete-topics.ts";
import { describeCluster } from "./describe-cluster.ts";
import { describeConfigs } from "./describe-configs.ts";
import { describeGroups } from "./describe-groups.ts";
import { describeLogDirs } from "./describe-log-dirs.ts";
import { describeProducers } from "./describe-producers.ts";
import { describeTopicPartitions } from "./describe-topic-partitions.ts";
import { describeTransactions } from "./describe-transactions.ts";
import { describeUserScramCredentials } from "./describe-user-scram-credentials.ts";
import { electLeaders } from "./elect-leaders.ts";
import { endTxn } from "./end-txn.ts";
import { fetch } from "./fetch.ts";
import { findCoordinator } from "./find-coordinator.ts";
import type { Handler } from "./handler.ts";
import { heartbeat } from "./heartbeat.ts";
import { incrementalAlterConfigs } from "./incremental-alter-configs.ts";
import { initProducerId } from "./init-producer-id.ts";
import { joinGroup } from "./join-group.ts";
import { leaveGroup } from "./leave-group.ts";
import { listConfigResources } from "./list-config-resources.ts";
import { listGroups } from "./list-groups.ts";
import { listOffsets } from "./list-offsets.ts";
import { listTransactions } from "./list-transactions.ts";
import { metadata } from "./metadata.ts";
import { offsetCommit } from "./offset-commit.ts";
import { offsetDelete } from "./offset-delete.ts";
import { offsetFetch } from "./offset-fetch.ts";
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.ts";
import { produce } from "./produce.ts";
import { saslAuthenticate } from "./sasl-authenticate.ts";
import { saslHandshake } from "./sasl-handshake.ts";
import { syncGroup } from "./sync-group.ts";
import { txnOffsetCommit } from "./txn-offset-commit.ts";
import { writeTxnMarkers } from "./write-txn-markers.ts";

type Handlers = { readonly [N in ApiId]?: Handler<N> };

const answering = {
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  offsetDelete,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  createTopics,
  deleteTopics,
  initProducerId,
  addPartitionsToTxn,
  addOffsetsToTxn,
  endTxn,
  writeTxnMarkers,
  txnOffsetCommit,
  describeProducers,
  describeTransactions,
  listTransactions,
  deleteRecords,
  offsetForLeaderEpoch,
  describeConfigs,
  describeCluster,
  alterConfigs,
  incrementalAlterConfigs,
  listConfigResources,
  describeLogDirs,
  describeTopicPartitions,
  createPartitions,
  electLeaders,
  deleteGroups,
  saslHandshake,
  saslAuthenticate,
  describeUserScramCredentials,
  consumerGroupHeartbeat,
  consumerGroupDescribe,
} satisfies Handlers;

/** Who answers which request. One without a handler is not served. */
export const handlers: Handlers = {
  ...answering,
  apiVersions: createApiVersionsHandler([...(Object.keys(answering) as ApiId[]), "apiVersions"]),
};
