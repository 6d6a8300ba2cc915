// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Cluster } from "../cluster/cluster.ts";
import type { Placed } from "../cluster/placement.ts";
import { errorCodes } from "../protocol/error-codes.ts";

/** Tells clients who leads a partition, and who else may. */
export function describePartition(partition: Placed, index: number, cluster: Cluster) {
  const { leader, leaderEpoch, replicas } = partition;
  return {
    errorCode: leader === -1 ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
    index,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: [...replicas],
    isrNodes: cluster.inSync(replicas),
    offlineReplicas: replicas.filter((id) => !cluster.isRunning(id)),
  };
}
